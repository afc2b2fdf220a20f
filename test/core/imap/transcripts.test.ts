/**
 * Conversations with our IMAP server, one file each. `C:` is what the client says (`\r`, `\n`, `\xNN` as such), `S:` what it
 * hears; `@four` are four messages in INBOX. A file whose name begins with `login` starts before the login: user `joe`, password
 * `secret`. What differs from run to run is written `<v>`, `<n>`, `<now>`.
 */
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {commands} from '../../../src/core/imap/commands/index.ts';
import {loginCommands} from '../../../src/core/imap/login/index.ts';
import {ImapDialogue, unescapeStep} from '../../support/imap-dialogue.ts';
import {fourMessages} from '../../support/imap-messages.ts';
import {sameForBoth} from '../../support/imap-sides.ts';
import {plainLogin} from '../../support/imap-login.ts';
import {openTestStore, startOurImap} from '../../support/our-imap.ts';

const FOLDER = fileURLToPath(new URL('transcripts/', import.meta.url));
const files = readdirSync(FOLDER).sort();
const texts = files.map(file => readFileSync(FOLDER + file, 'latin1'));

suite('IMAP transcripts', () => {
  for (const [index, file] of files.entries())
    test(file.replace('.txt', ''), async () => {
      const expected = (texts[index] ?? '').split('\n').filter(line => line !== '' && !line.startsWith('#'));
      assert.deepEqual(await replay(expected, file.startsWith('login')), expected);
    });

  test('each command has a transcript', () => {
    const said = new Set(
      texts.flatMap(text => [...text.matchAll(/^C: \S+ ((?:UID )?[A-Z]+)/gim)].map(([, name = '']) => name)),
    );
    const names = new Set([...said].map(name => name.toUpperCase()));
    assert.deepEqual(
      [...commands.keys(), ...loginCommands.keys()].filter(name => !names.has(name)),
      [],
    );
  });
});

/** The same conversation as it really went. */
async function replay(script: readonly string[], isLogin: boolean): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'imap-transcript-'));
  const imap = startOurImap(
    () => openTestStore(home),
    {hasMetadata: true, hasMailboxSections: true, hasQuota: true, hasCompression: true},
    isLogin ? {login: plainLogin('joe', 'secret')} : {},
  );
  const dialogue = new ImapDialogue(imap.output, imap.input);
  const heard: string[] = [];
  const listen = (): void => void heard.push(...sameForBoth(dialogue.transcript.splice(0)));
  try {
    await dialogue.greeting();
    listen();
    for (const line of script) {
      if (line === '@four') {
        for (const message of fourMessages) await dialogue.say(message);
        dialogue.transcript.length = 0;
        heard.push(line);
      } else if (line.startsWith('C: ')) {
        heard.push(line);
        await dialogue.say(`!${unescapeStep(line.slice(3))}\r\n`);
        dialogue.transcript.shift();
        listen();
      }
    }
    return heard;
  } finally {
    dialogue.close();
    await imap.done;
    rmSync(home, {recursive: true, force: true});
  }
}
