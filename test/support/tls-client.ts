/** EHLO in clear, STARTTLS, EHLO again: what a server answers before and after. */
import {connect as connectPlain} from 'node:net';
import {connect, type ConnectionOptions} from 'node:tls';

/** The certificate under test signs itself. */
export const TLS_OPTIONS: ConnectionOptions = {rejectUnauthorized: false};

export async function upgradeToTls(port: number, options: ConnectionOptions): Promise<{before: string; after: string}> {
  const plain = connectPlain({host: '127.0.0.1', port});
  await reply(plain, '');
  const before = await reply(plain, 'EHLO me\r\n');
  await reply(plain, 'STARTTLS\r\n');
  const secure = connect({...options, socket: plain});
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
  const after = await reply(secure, 'EHLO me\r\n');
  secure.destroy();
  return {before, after};
}

async function reply(socket: NodeJS.ReadWriteStream, command: string): Promise<string> {
  if (command !== '') socket.write(command);
  return await new Promise(resolve => socket.once('data', chunk => resolve(String(chunk))));
}
