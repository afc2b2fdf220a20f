/** A TCP port of 127.0.0.1 that nobody has just now. */
import {createServer} from 'node:net';

export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
