import { createServer } from 'node:net';
import { AppError } from '../../core/errors.ts';

/** A TCP port that was free on the loopback address a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new AppError('internal', 'The operating system gave no free port.'));
      });
    });
  });
}
