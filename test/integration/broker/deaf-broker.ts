/** A second broker of the same deployment that hears no notification at all: what it knows it has asked for. */
import pino from 'pino';
import type { AccessContext } from '../../../src/access/context.ts';
import { createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import type { BrokerHarness } from './broker-harness.ts';

export interface DeafBroker {
  readonly port: number;
  /** Null where the policy names no host. */
  readonly sshPort: number | null;
  readonly context: AccessContext;
  stop(): Promise<void>;
}

export async function startDeafBroker({
  context,
  keys,
  secretKey,
}: Pick<BrokerHarness, 'context' | 'keys' | 'secretKey'>): Promise<DeafBroker> {
  const deaf: AccessContext = {
    ...context,
    store: { ...context.store, listen: () => Promise.resolve({ close: async () => undefined }) },
  };
  const broker = createBroker({
    access: deaf,
    keys,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: 'broker.test', now: new Date() }),
    replica: 'deaf-replica',
    secretKey,
    listenOn: { ssh: '127.0.0.1:0' },
  });
  const { port } = await broker.start();
  return { port, sshPort: broker.sshAddress?.port ?? null, context: deaf, stop: () => broker.stop() };
}
