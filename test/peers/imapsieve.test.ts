/** imapsieve with the real Dovecot and with ours: the same scripts, the same commands, the same answers and mail sent. */
import assert from 'node:assert/strict';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {EventScripts, isSieveUrl} from '../../src/core/delivery/sieve/event-scripts.ts';
import {programSubmitter} from '../../src/core/delivery/sieve/submit-mail.ts';
import {playOurs, playReal, requireRealImapSession} from '../support/imap-sides.ts';
import {EVENT_CASES, type EventCase} from './imapsieve-cases.ts';

interface Played {
  readonly said: string[][];
  readonly sent: string;
}

/** Every program of the user's may read it; what is sent is written down. */
function scriptFolder({scripts}: EventCase): string {
  const folder = mkdtempSync(join(tmpdir(), 'imapsieve-'));
  mkdirSync(join(folder, 'own'));
  for (const [name, text] of Object.entries(scripts)) {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'sent'), '');
  writeFileSync(join(folder, 'sendmail'), `#!/bin/sh\n(echo "$@"; cat) >> ${folder}/sent\n`);
  for (const name of ['.', 'own', 'sent', 'sendmail']) chmodSync(join(folder, name), 0o777);
  return folder;
}

function pluginSettings(one: EventCase, folder: string): string {
  return (
    'sieve_plugins = sieve_imapsieve\nsieve_extensions = +editheader\nsieve_user_email = u@example.com\n' +
    `sieve = file:${folder}/own;active=${folder}/active\n${one.settings.replaceAll('$DIR', folder)}`
  );
}

async function withReal(one: EventCase): Promise<Played> {
  const folder = scriptFolder(one);
  const settings =
    `sendmail_path = ${folder}/sendmail\nprotocol imap {\n  mail_plugins = imap_sieve\n}\n` +
    `plugin {\n${pluginSettings(one, folder)}}\n`;
  return played(folder, () => playReal(one.steps, settings));
}

async function withOurs(one: EventCase): Promise<Played> {
  const folder = scriptFolder(one);
  const lines = pluginSettings(one, folder).split('\n');
  const settings = new Map(lines.map(line => line.split(' = ', 2)).map(([name = '', value = '']) => [name, value]));
  const url = settings.get('imapsieve_url');
  const sieveUrl = isSieveUrl(url) ? url : '';
  return played(folder, () =>
    playOurs(one.steps, {sieveUrl}, {}, home => ({
      openScripts: (store, log) =>
        new EventScripts({
          username: 'u',
          home,
          store,
          settings,
          runsScripts: false,
          log,
          autocreates: false,
          autosubscribes: false,
          hostName: 'vm',
          postmaster: 'postmaster@vm',
          defaultMailbox: 'INBOX',
          submit: programSubmitter(`${folder}/sendmail`),
          owner: undefined,
          expand: path => path,
          now: () => Date.now(),
        }),
    })),
  );
}

async function played(folder: string, play: () => Promise<string[][]>): Promise<Played> {
  try {
    const said = await play();
    return {
      said,
      sent: readFileSync(join(folder, 'sent'), 'latin1')
        .replace(/<dovecot-sieve-.*>/, '<id>')
        .replaceAll('\r\n', '\n'),
    };
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

suite('imapsieve beside the real Dovecot', function () {
  suiteSetup(function () {
    requireRealImapSession(this);
  });

  for (const [name, one] of Object.entries(EVENT_CASES))
    test(name, async () => {
      const [real, ours] = await Promise.all([withReal(one), withOurs(one)]);
      const differences = one.steps.flatMap((step, index) => {
        const [mine = [], original = []] = [ours.said[index + 1], real.said[index + 1]];
        return mine.join('\n') === original.join('\n') ? [] : [{step, ours: mine, real: original}];
      });
      assert.deepEqual(differences, []);
      assert.equal(ours.sent, real.sent);
    });
});
