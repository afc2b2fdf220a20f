/** Ports of the loopback address that nobody listens on, and the real Postfix on them. */
import {createServer, type Server} from 'node:net';
import {RealPostfix} from './real-postfix.ts';

export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const servers = Array.from({length: count}, () => createServer());
  const ports = await Promise.all(servers.map(server => listen(server, host)));
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
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
