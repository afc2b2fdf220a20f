/** Dialogues with the real Dovecot's imap and with ours: the same answers, but where a dialogue says why not. */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {fourMessages} from '../support/imap-messages.ts';
import {playOurs, playReal, readScript, requireRealImapSession} from '../support/imap-sides.ts';

const FOLDER = fileURLToPath(new URL('imap-dialogues/', import.meta.url));
const MACROS = new Map([['four', fourMessages]]);

suite('IMAP beside the real Dovecot', function () {
  suiteSetup(function () {
    requireRealImapSession(this);
  });

  for (const file of readdirSync(FOLDER).sort())
    test(file.replace('.txt', ''), async () => {
      const {steps, differences} = readScript(FOLDER + file, MACROS);
      const [real, ours] = await Promise.all([playReal(steps), playOurs(steps)]);
      assert.deepEqual(ours[0], real[0]);
      const wrong = steps.flatMap((step, index) => {
        const [mine = [], original = []] = [ours[index + 1], real[index + 1]];
        const isSame = mine.join('\n') === original.join('\n');
        return isSame || differences.has(index) ? [] : [{step: step.slice(0, 200), ours: mine, real: original}];
      });
      assert.deepEqual(wrong, []);
    });
});
