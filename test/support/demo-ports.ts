/** Demos that start at the same time would all choose the usual ports. */
import { writeFileSync } from 'node:fs';
import { openDemoDirectory } from '../../src/demo/demo-directory.ts';
import type { DemoPorts } from '../../src/demo/demo-ports.ts';
import { freePort } from './free-port.ts';

/** As if the demo of this working directory had run before, on ports that nobody else uses. */
export async function rememberDemoPorts(workingDirectory: string): Promise<void> {
  const ports: DemoPorts = {
    web: await freePort(),
    broker: await freePort(),
    ssh: await freePort(),
    identityProvider: await freePort(),
    host: await freePort(),
  };
  writeFileSync(openDemoDirectory(workingDirectory).portsFile, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
}
