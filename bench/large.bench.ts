/** A 100 MB message through sendmail and local delivery, against a 1 KB one: how far each process's peak memory rises. */
import {fileURLToPath} from 'node:url';
import {Home, until} from '../test/support/home.ts';
import {peakOfProcess, peakOfRun, result} from './measure.ts';

const BIN = fileURLToPath(new URL('../bin/', import.meta.url));
const LINE = `${'x'.repeat(75)}\n`;

async function peaks(body: Buffer): Promise<{tool: number; daemon: number; seconds: number}> {
  const home = new Home(['alice']);
  try {
    home.configure('message_size_limit = 0\nmailbox_size_limit = 0\nhome_mailbox = Maildir/');
    await home.start();
    const begin = performance.now();
    const {peakMb} = peakOfRun(`${BIN}sendmail`, ['-f', 'alice', 'alice'], home.environment(), body);
    await until(() => / removed$/m.test(home.log()), 60_000, home.log());
    const seconds = (performance.now() - begin) / 1000;
    const daemon = Math.max(...[home.daemonPid ?? 0, ...home.descendantPids()].map(peakOfProcess));
    return {tool: peakMb, daemon, seconds};
  } finally {
    await home.dispose();
  }
}

const small = await peaks(Buffer.from(`Subject: small\n\n${LINE}`));
const large = await peaks(Buffer.from(`Subject: large\n\n${LINE.repeat(Math.ceil(100e6 / LINE.length))}`));
console.log(`  (100 MB took ${large.seconds.toFixed(1)} s from sendmail to mailbox)`);
const rise = (name: string, mb: number): void =>
  result(`100 MB message: ${name}`, `+${mb.toFixed(1)} MB peak`, '<= 30 MB', mb <= 30);
rise('sendmail', large.tool - small.tool);
rise('daemon (largest process)', large.daemon - small.daemon);
