/** Start-up of the whole process, each command in alternation with `node -e 0`; medians of the ratios. */
import {Home} from '../test/support/home.ts';
import {fileURLToPath} from 'node:url';
import {median, result, timeRun} from './measure.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 31);
const BIN = fileURLToPath(new URL('../bin/', import.meta.url));

interface Case {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly goal: number;
}

const cases: readonly Case[] = [
  {
    name: 'sendmail handing in a message',
    command: 'sendmail',
    args: ['-f', 'alice', 'alice'],
    input: 'hi\n',
    goal: 1.25,
  },
  {name: 'mailq', command: 'mailq', args: [], goal: 1.25},
  {name: 'postconf -n', command: 'postconf', args: ['-n'], goal: 1.25},
  {name: 'postconf (all)', command: 'postconf', args: [], goal: 1.5},
  {name: 'posthorn status', command: 'posthorn', args: ['status'], goal: 2},
  {name: 'posthorn queue', command: 'posthorn', args: ['queue'], goal: 2},
  {name: 'posthorn --help', command: 'posthorn', args: ['--help'], goal: 2},
];

const home = new Home(['alice']);
try {
  home.configure('home_mailbox = Maildir/');
  await home.start();
  const env = home.environment();
  for (const {name, command, args, input, goal} of cases) {
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const bare = timeRun(process.execPath, ['-e', '0'], env);
      ratios.push(timeRun(BIN + command, args, env, input) / bare);
    }
    const ratio = median(ratios);
    result(`start-up: ${name}`, `${ratio.toFixed(2)} x node -e 0`, `<= ${goal}`, ratio <= goal);
  }
} finally {
  await home.dispose();
}
