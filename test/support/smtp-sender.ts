/** The plainest SMTP client there can be: one message, and whether the server took it. */
import {connect} from 'node:net';

/** True only when the end of the content was answered with 250; false for whatever else happened. */
export function sendBySmtp(port: number, from: string, to: string, text: string, host = '127.0.0.1'): Promise<boolean> {
  const steps = [`EHLO sender.example`, `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', `${text}\r\n.`];
  return new Promise(resolve => {
    const socket = connect(port, host);
    let at = -1;
    let reply = '';
    const finish = (isTaken: boolean): void => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.setTimeout(20_000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('data', chunk => {
      reply += chunk.toString('latin1');
      if (!/^\d{3} .*\r\n$/m.test(reply)) return;
      const isGood = /^[23]/.test(reply);
      reply = '';
      if (!isGood) return finish(false);
      const step = steps[++at];
      if (step === undefined) finish(true);
      else socket.write(`${step}\r\n`, 'latin1');
    });
  });
}
