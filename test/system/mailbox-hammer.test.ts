import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import type {JournalWord} from '../support/mailbox-hammer.ts';
import {storeSettings, withMailHome} from '../support/mail-home.ts';

const PROCESSES = 3;
const LAST_MS = 20_000;
const MOST_KILLS = 12;
const PROGRAM = fileURLToPath(new URL('../support/mailbox-hammer.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

suite('a mailbox that several processes work on, some of which are killed', () => {
  test('nothing that was acknowledged is lost, no UID is used twice, and the index agrees with the files', () =>
    withMailHome(async home => {
      const journal = `${home}/journal`;
      writeFileSync(journal, '');
      await hammer(home, journal);
      const {saved, removing} = readJournal(journal);
      assert.ok(saved.size > 20, 'they got to work');
      const withIndex = await tokensIn(`${home}/.`);
      for (const name of readdirSync(`${home}/Maildir`))
        if (name.startsWith('posthorn.index')) rmSync(`${home}/Maildir/${name}`);
      const fromFiles = await tokensIn(`${home}/./.`);
      assert.deepEqual(withIndex, fromFiles);
      for (const [token, uid] of saved)
        if (!removing.has(token)) assert.equal(fromFiles.get(token), uid, `message ${token}`);
      const owners = new Map<number, string>();
      for (const [token, uid] of [...saved, ...fromFiles]) {
        assert.equal(owners.get(uid) ?? token, token, `UID ${uid}`);
        owners.set(uid, token);
      }
    })).timeout(40_000);
});

async function hammer(home: string, journal: string): Promise<void> {
  const children = new Set<ChildProcess>();
  const start = (seed: number): void => {
    const child = spawn(process.execPath, [`--import=${LOADER}`, PROGRAM, home, journal, String(seed)], {
      stdio: 'inherit',
    });
    children.add(child);
    child.once('exit', (status, signal) => {
      children.delete(child);
      assert.ok(signal === 'SIGKILL', `a process ended by itself: ${status}`);
    });
  };
  const end = Date.now() + LAST_MS;
  for (let seed = 1, kills = 0; Date.now() < end && kills < MOST_KILLS; kills++) {
    while (children.size < PROCESSES) start(seed++);
    await growth(journal, end);
    const [victim] = children; // the oldest
    if (victim !== undefined) await kill(victim);
  }
  for (const child of [...children]) await kill(child);
}

/** Waits until they have done something more, and then for a moment, so that they are killed anywhere. */
async function growth(journal: string, end: number): Promise<void> {
  const before = statSync(journal).size;
  while (Date.now() < end && statSync(journal).size < before + 1000) await pause(20);
  await pause(Math.random() * 50);
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

function readJournal(path: string): {saved: Map<string, number>; removing: Set<string>} {
  const saved = new Map<string, number>();
  const removing = new Set<string>();
  for (const line of readFileSync(path, 'latin1').split('\n')) {
    const [word, token = '', uid] = line.split(' ');
    const what = word as JournalWord; // the last line may be cut off
    if (what === 'saved') saved.set(token, Number(uid));
    if (what === 'removing') removing.add(token);
  }
  return {saved, removing};
}

/** UID by what is in the subject; another spelling of the home is another mailbox in memory, read from disk. */
async function tokensIn(home: string): Promise<Map<string, number>> {
  const store: MailStore = await openStore(storeSettings(home));
  const box = await store.open('INBOX', {isReadOnly: true});
  const tokens = new Map<string, number>();
  await box.items([[1, box.count]], {headers: ['subject'], envelope: true}, (sequence, items) => {
    const token = /Subject: (\S+)/.exec(items?.headers?.get('subject')?.toString() ?? '')?.[1] ?? `? ${sequence}`;
    assert.ok(!tokens.has(token), `twice: ${token}`);
    tokens.set(token, box.uid(sequence));
  });
  box.close();
  await store.close();
  return tokens;
}
