/** `postfix check` tells of each fault with its file and line, the nearest known name, and what has no effect. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ToolRun} from '../support/stdio.ts';

/** What main.cf says in its first line, and the hint. */
const MAIN: readonly (readonly [setting: string, hint: string])[] = [
  ['mydestinaton = x', 'unknown parameter mydestinaton; did you mean mydestination?'],
  ['zzzzzzzzzzzz = x', 'unknown parameter zzzzzzzzzzzz'],
  ['soft_bounce = maybe', 'bad boolean configuration: soft_bounce = maybe'],
  ['message_size_limit = 10M', 'bad numerical configuration: message_size_limit = 10M'],
  ['line_length_limit = 1', 'invalid line_length_limit parameter value 1 < 512'],
  ['queue_run_delay = 3q', 'parameter queue_run_delay: bad time value or unit: 3q'],
  ['relayhost = ${x', 'truncated macro reference: "${x"'],
  ['transport_maps = ${x', 'truncated macro reference: "${x"'],
  ['alias_maps = hash:/etc/aliases, nosuch:/x', 'unsupported dictionary type: nosuch in alias_maps'],
  ['relayhost', `missing '=' after attribute name: "relayhost"`],
];

/** What an entry of master.cf sets in its second line, and the hint. */
const MASTER: readonly (readonly [setting: string, hint: string])[] = [
  ['smtp_helo_nam=x', '-o unknown parameter smtp_helo_nam; did you mean smtp_helo_name?'],
  ['smtp_helo_timeout=3q', '-o parameter smtp_helo_timeout: bad time value or unit: 3q'],
  ['line_length_limit=x', '-o bad numerical configuration: line_length_limit = x'],
];

suite('postfix check', function () {
  this.timeout(20_000);
  let home = '';
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-check-'));
    mkdirSync(join(home, 'etc/postfix'), {recursive: true});
  });
  teardown(() => rmSync(home, {recursive: true}));

  async function check(first: string, override = ''): Promise<ToolRun> {
    const config = join(home, 'etc/postfix');
    writeFileSync(join(config, 'main.cf'), `${first}\nmaillog_file = ${home}/log\n`);
    const entry = override === '' ? '' : `  -o ${override}\n`;
    writeFileSync(join(config, 'master.cf'), `# services\nsmtp unix - - n - - smtp\n${entry}`);
    // Loaded as the tools load their parts: else the classes of faults are there twice.
    const {postfix} = await import('../../src/commands/postfix.ts');
    const {runInProcess} = await import('../support/stdio.ts');
    const run = await runInProcess(postfix, ['-c', config, 'check']);
    return {...run, stderr: run.stderr.replaceAll(config, 'ETC')};
  }

  for (const [setting, hint] of MAIN)
    test(`main.cf: ${setting}`, async () => {
      const {stderr} = await check(setting);
      const places = lines(stderr).filter(line => line.startsWith('ETC/main.cf, line 1: '));
      assert.ok(
        places.some(line => line.endsWith(hint)),
        stderr,
      );
    });

  test('a parameter without effect', async () => {
    const {parameters} = await import('../../src/core/config/parameters.ts');
    const rows = Object.entries(parameters).filter(([, row]) => !row.hasEffect && row.kind === 'flag');
    for (const [name, {defaultValue}] of rows.slice(0, 5)) {
      const {stderr} = await check(`${name} = ${defaultValue}`);
      assert.ok(lines(stderr).includes(`ETC/main.cf, line 1: ${name} has no effect yet`), stderr);
    }
  });

  for (const [setting, hint] of MASTER)
    test(`master.cf: ${setting}`, async () => {
      const {stderr, status} = await check('myhostname = mail.example.com', setting);
      assert.ok(lines(stderr).includes(`ETC/master.cf, line 2: ${hint}`), stderr);
      assert.equal(status, 0);
    });

  test('nothing is said of settings that are as they should be', async () => {
    const {stderr, status} = await check('own = example.com\nmyhostname = mail.$own', 'smtp_helo_name=$own');
    assert.deepEqual(
      lines(stderr).filter(line => !line.endsWith('has no effect yet')),
      [],
    );
    assert.equal(status, 0);
  });
});

/** The hints and errors, without what is before the place. */
function lines(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .map(line => line.replace(/^postfix: (?:warning|error): /, ''))
    .filter(line => line !== '');
}
