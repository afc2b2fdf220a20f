/** Ports of the loopback address that nobody listens on, and the real Postfix on them. */
import {createServer, type Server} from 'node:net';
import {RealPostfix} from './real-postfix.ts';

/**
 * Below those that the system gives to connections and to who asks for any port (from 32768 on Linux), so that a test beside
 * this one hardly ever takes one meanwhile.
 */
const FIRST = 10_000;
const LAST = 32_000;

export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const server = await listen(port, host);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

/** undefined: somebody else does. */
function listen(port: number, host: string): Promise<Server | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => resolve(server));
  });
}

/** `master` makes the services. A port that another process has taken meanwhile costs another try. */
export async function startOnFreePorts(
  count: number,
  main: string,
  master: (ports: readonly number[]) => string,
): Promise<{readonly real: RealPostfix; readonly ports: readonly number[]}> {
  for (let tries = 1; ; tries++) {
    const ports = await freePorts(count);
    const real = new RealPostfix(main, master(ports));
    try {
      real.start();
      return {real, ports};
    } catch (fault) {
      real.dispose();
      if (tries === 3) throw fault;
    }
  }
}
