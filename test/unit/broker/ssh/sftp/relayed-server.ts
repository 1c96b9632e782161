/** The relay of SFTP in front of a real `sftp-server` over pipes, under a role and rules; no SSH around it. */
import { type ChildProcess, spawn } from 'node:child_process';
import pino from 'pino';
import type { GrantView } from '../../../../../src/access/views.ts';
import { Gate } from '../../../../../src/broker/gate.ts';
import { LiveSession } from '../../../../../src/broker/session.ts';
import { createHostJudge } from '../../../../../src/broker/ssh/commands/host-judge.ts';
import type {
  FileTransfer,
  HostInspection,
  HostSession,
} from '../../../../../src/broker/ssh/host-session.ts';
import { type Packet, PacketFramer } from '../../../../../src/broker/ssh/sftp/codec/framer.ts';
import { PACKET_BYTES_MAX } from '../../../../../src/broker/ssh/sftp/codec/packet-types.ts';
import { SftpRelay } from '../../../../../src/broker/ssh/sftp/relay.ts';
import { parsePolicyDocument } from '../../../../../src/policies/document/parse.ts';
import { hostPolicy } from '../../../../../src/policies/rules/host-policy.ts';
import type { RecordingInput } from '../../../../../src/recording/events.ts';

export const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

export interface RelayedServer {
  readonly events: RecordingInput[];
  readonly files: FileTransfer[];
  readonly said: string[];
  /** What went to the server. */
  readonly forwarded: Packet[];
  /** What came back, in order. */
  readonly answers: Packet[];
  /** Why the channel was cut; null while it goes on. */
  readonly failure: () => unknown;
  send(...chunks: readonly Buffer[]): Promise<void>;
  /** Waits until so many answers are in. */
  answered(count: number): Promise<readonly Packet[]>;
  /** Everything that the server was sent is answered. */
  close(): void;
}

/** @param options.directory where names begin */
export function startRelay(options: {
  readonly directory: string;
  readonly role?: string;
  readonly rules?: string;
}): RelayedServer {
  const { directory, role = '{ shell: exec }', rules = '[]' } = options;
  const text = `
resources: [{ name: web-1, kind: ssh, address: "10.0.0.9:22", hostKey: ssh-ed25519 AAAA, credential: { username: deploy, privateKey: { file: k } }, roles: { one: ${role} } }]
rules: ${rules}`;
  const parsed = parsePolicyDocument(text, { toStart: false });
  const applies = parsed.ok ? hostPolicy(parsed.document, { resource: 'web-1', role: 'one' }) : null;
  if (applies === null) throw new Error(JSON.stringify(parsed));
  const events: RecordingInput[] = [];
  const policy = { version: 'v1', applies, roleName: 'one', renew: () => true };
  const live = new LiveSession({
    id: 's-1',
    grant: { id: 'g-aaaaaaaa', expiresAt: new Date(Date.now() + 3_600_000) } as GrantView,
    now: new Date(),
    monotonic: () => 0,
    confirmedAtMs: 0,
  });
  const append = (event: RecordingInput): void => void events.push(event);
  const gate = new Gate<HostInspection>({
    session: live,
    recorder: { append, note: append, flush: () => undefined, onFailure: () => undefined },
    judge: createHostJudge({ policy, brokerAddresses: () => [] }),
    now: () => new Date(),
  });
  const files: FileTransfer[] = [];
  const said: string[] = [];
  const forwarded: Packet[] = [];
  const answers: Packet[] = [];
  let failure: unknown = null;
  let wake: (() => void) | null = null;
  const server: ChildProcess = spawn(SFTP_SERVER, ['-e', '-d', directory], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const toServer = watch(forwarded, () => undefined);
  const toClient = watch(answers, () => wake?.());
  const fail = (error: unknown): void => {
    failure ??= error;
    server.kill('SIGKILL');
    wake?.();
  };
  const session = {
    live,
    gate,
    policy,
    target: { facts: { account: 'deploy', home: directory, directory } },
    countBytes: () => true,
    busy: () => () => undefined,
    logger: pino({ level: 'silent' }),
  } as unknown as HostSession;
  const relay = new SftpRelay({
    session,
    record: { file: (file: FileTransfer) => files.push(file) } as never,
    toClient: (parts) => toClient.push(Buffer.concat(parts)),
    toTarget: (parts) => {
      const bytes = Buffer.concat(parts);
      toServer.push(Buffer.from(bytes));
      server.stdin?.write(bytes);
    },
    say: (line) => said.push(line),
    onFailure: fail,
  });
  server.stdin?.on('error', () => undefined);
  let reading = Promise.resolve();
  server.stdout?.on('data', (chunk: Buffer) => {
    reading = reading.then(() => relay.fromTarget(chunk)).catch(fail);
  });
  return {
    events,
    files,
    said,
    forwarded,
    answers,
    failure: () => failure,
    send: async (...chunks) => {
      try {
        for (const chunk of chunks) if (failure === null) await relay.fromClient(chunk);
      } catch (error) {
        fail(error);
      }
    },
    answered: async (count) => {
      while (answers.length < count && failure === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return answers;
    },
    close: () => {
      relay.end();
      live.end('client-closed');
      server.kill('SIGKILL');
    },
  };
}

function watch(packets: Packet[], then: () => void): PacketFramer {
  return new PacketFramer({
    bytesMaxOf: () => PACKET_BYTES_MAX,
    deliver: (packet) => {
      packets.push(packet);
      then();
    },
  });
}
