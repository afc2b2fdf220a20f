/** One request to a process of ours over its socket: a line of JSON each way. Nobody there is undefined, not a fault. */
import {systemCode} from '../base/errors.ts';

export async function askSocket(path: string, request: object): Promise<unknown> {
  const {createConnection} = await import('node:net');
  const socket = createConnection(path);
  try {
    socket.end(`${JSON.stringify(request)}\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer === '' ? undefined : (JSON.parse(answer) as unknown);
  } catch (fault) {
    const code = systemCode(fault) ?? '';
    if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTDIR'].includes(code)) return undefined;
    throw fault;
  } finally {
    socket.destroy();
  }
}
