/** The rule file of smtp-sink: what is understood, what is complained of, and which rule holds when. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {ConfigError} from '../../src/core/base/errors.ts';
import {Faults, matchesPattern, type SessionFacts} from '../../src/commands/smtp-sink-faults.ts';
import {parseRules, type RuleStage} from '../../src/commands/smtp-sink-rules.ts';

const FACTS: SessionFacts = {client: '127.0.0.1', helo: 'me', sender: 'a@b', recipients: ['c@d']};

function judge(rules: string, stage: RuleStage, times: number, facts = FACTS, step = 0): string {
  let now = 0;
  const faults = new Faults(parseRules(rules, 'rules'), () => now);
  let acted = '';
  for (let i = 0; i < times; i++, now += step) {
    const {action, delaySeconds} = faults.judge(stage, facts);
    acted += action === undefined ? (delaySeconds > 0 ? 'd' : '-') : (action.kind[0] ?? '');
  }
  return acted;
}

suite('smtp-sink --rules', () => {
  const complaints: readonly (readonly [string, string])[] = [
    ['rcp reply 450 x', 'rules:1:1: unknown stage "rcp" (did you mean "rcpt"?)'],
    ['\n# c\n  rcpt recipent=a close', 'rules:3:8: unknown condition "recipent" (did you mean "recipient"?)'],
    ['rcpt rply 450 x', 'rules:1:6: unknown action of rcpt "rply" (did you mean "reply"?)'],
    ['rcpt', 'rules:1:5: an action expected'],
    ['rcpt reply 45 x', 'rules:1:12: a reply expected, such as "450 4.7.1 try later"'],
    ['connect delay 5x', 'rules:1:15: a time (2s, 500ms, 5m) expected, found "5x"'],
    ['mail chance=101% close', 'rules:1:13: a chance (0.05 or 5%) expected, found "101%"'],
    ['connect close now', 'rules:1:15: nothing expected behind the rule, found "now"'],
    ['starttls handshake', 'rules:1:19: close, hang, garbage expected'],
    ['seed x', 'rules:1:6: a number expected, found "x"'],
  ];
  for (const [text, complaint] of complaints)
    test(`complains of ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseRules(text, 'rules'),
        new ConfigError(complaint, 'rules', complaint.startsWith('rules:3') ? 3 : 1),
      );
    });

  const outcomes: readonly (readonly [string, RuleStage, string])[] = [
    ['noop after=1 first=2 close', 'noop', '-cc---'],
    ['noop every=3 close', 'noop', '--c--c'],
    ['noop close', 'vrfy', '------'],
    ['noop client=10.* close\nnoop helo=m? reset', 'noop', 'rrrrrr'],
    ['noop delay 1s\nnoop first=1 close', 'noop', 'cddddd'],
    ['noop pass\nnoop close', 'noop', '------'],
    ['rcpt recipient=*@D close', 'rcpt', 'cccccc'],
    ['rcpt greylist 0', 'rcpt', 'g-----'],
  ];
  for (const [rules, stage, acted] of outcomes)
    test(`${JSON.stringify(rules)} at ${stage}: ${acted}`, () => assert.equal(judge(rules, stage, 6), acted));

  test('a window of time counts from the start', () => {
    assert.equal(judge('noop from=2s until=4s close', 'noop', 6, FACTS, 1000), '--cc--');
    assert.equal(judge('rcpt greylist 3s', 'rcpt', 6, FACTS, 1000), 'ggg---');
  });

  test('the same seed makes the same failures, another one others', () => {
    const [one, again, other] = [7, 7, 8].map(seed => judge(`seed ${seed}\nnoop chance=50% close`, 'noop', 200));
    assert.equal(one, again);
    assert.notEqual(one, other);
    const share = (one?.split('c').length ?? 0) / 200;
    assert.ok(share > 0.35 && share < 0.65, `${share}`);
  });

  const patterns: readonly (readonly [string, string, boolean])[] = [
    ['*', '', true],
    ['*@*.example', 'a@b.Example', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*b', 'xaxbxab', true],
    ['a*', 'ba', false],
  ];
  for (const [pattern, text, holds] of patterns)
    test(`${pattern} and ${text}: ${holds}`, () => assert.equal(matchesPattern(pattern, text), holds));

  test('a pattern of many stars is through in its time', () => {
    const begin = performance.now();
    assert.equal(matchesPattern('*a'.repeat(128), 'a'.repeat(2000) + 'b'), false);
    assert.ok(performance.now() - begin < 500);
  });

  test('noise is parsed or complained of', () => {
    const word = fc.constantFrom(
      'rcpt',
      'data',
      'reply',
      '450',
      'x',
      'chance=',
      '5%',
      '"',
      '#',
      '\n',
      'first=1',
      'raw',
      'content',
      'cut',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map(words => words.join(' ')),
        ),
        text => {
          try {
            parseRules(text, 'rules');
          } catch (fault) {
            assert.ok(fault instanceof ConfigError, String(fault));
          }
        },
      ),
      {numRuns: 500},
    );
  });
});
