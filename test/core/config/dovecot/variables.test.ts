import assert from 'node:assert/strict';
import {ParseError} from '../../../../src/core/base/errors.ts';
import {expandVariables, userVariables} from '../../../../src/core/config/dovecot/variables.ts';

const values = new Map([
  ...userVariables('Foo.Bar@Ex-Ample.com'),
  ['home', '/tmp'],
  ['service', 'imap'],
  ['uid', '65534'],
  ['hostname', 'vm'],
  ['m', 'PLAIN'],
]);
const context = {
  values,
  environment: {FOO: 'env val'},
  functions: new Map([['userdb', (name: string) => (name === 'quota' ? '5' : (name.split(':')[1] ?? ''))]]),
  patternTest: (pattern: string, text: string) => new RegExp(pattern).test(text),
};

/** Answers of `doveadm mailbox path` with mail_location = maildir:... of Dovecot 2.3.19. */
const CASES: readonly (readonly [template: string, text: string])[] = [
  ['%u %n %d %h %s %i', 'Foo.Bar@Ex-Ample.com Foo.Bar Ex-Ample.com /tmp imap 65534'],
  ['%{user} %{username} %{domain}', 'Foo.Bar@Ex-Ample.com Foo.Bar Ex-Ample.com'],
  ['%m', 'PLAIN'],
  ['%Lu', 'foo.bar@ex-ample.com'],
  ['%Uu', 'FOO.BAR@EX-AMPLE.COM'],
  ['%LUu', 'FOO.BAR@EX-AMPLE.COM'],
  ['%5u', 'Foo.B'],
  ['%.5u', 'Foo.B'],
  ['%0.5u', 'Foo.B'],
  ['%5.0u', 'ar@Ex-Ample.com'],
  ['%2.5u', 'o.Bar'],
  ['%-5u', 'Foo.B'],
  ['%-5.3u', 'e.c'],
  ['%2.-3u', 'o.Bar@Ex-Ample.'],
  ['%30.5u', ''],
  ['%-30.5u', 'Foo.B'],
  ['%020u', 'Foo.Bar@Ex-Ample.com'],
  ['%Ru', 'moc.elpmA-xE@raB.ooF'],
  ['%RLu', 'moc.elpma-xe@rab.oof'],
  ['%Hu %5Hu %1.5Hu %1.256Hu %Hi', '5cfd6ad 4 4 ad 398864'],
  ['%Nu %5Nu %256Nu %2.256Nu %Ni %3Ni', 'c5bfc248 4 48 48 f967185f 2'],
  ['%Mu', '2479ee32c5bfc248c3d5a4d85f118f02'],
  ['%.3Mu', '247'],
  ['%MLu', '2479ee32c5bfc248c3d5a4d85f118f02'],
  ['%LMu', 'ae77c8f298633daaa440a89932f1ccb8'],
  ['%RMu', '24cfd9892b7974911ee0cfbf1d23e3e4'],
  ['%Xi %08Xi %3Xi %12Xi %0Xi %Xu', 'fffe 0000fffe fff fffe fffe 0'],
  ['%Du', 'Foo,dc=Bar@Ex-Ample,dc=com'],
  ['%% %%u %L% %5%', '% %u % %'],
  ['a%', 'a%'],
  ['%L{user}', 'foo.bar@ex-ample.com'],
  ['%5.3{user}', 'ar@'],
  ['%{sha1:user}', '15f7256a8fe93af8a04d104f386094fed3b7fe07'],
  ['%{md5:user}', '2479ee32c5bfc248c3d5a4d85f118f02'],
  ['%{sha256:user}', '1987c21b1e1b681a043fcde13cc2d682a0accc17dffd0370be06ed2f0755a727'],
  ['%{sha1;truncate=8:user}', '15'],
  ['%{sha1;truncate=12:user}', '015f'],
  ['%{sha1;truncate=161:user}', '15f7256a8fe93af8a04d104f386094fed3b7fe07'],
  ['%{sha1;rounds=2:user}', '3449b0ae4524f9e895ff6e99c5f908f32d5466df'],
  ['%{sha1;rounds=2,salt=xy:user}', '584a200f3885168cd15f67a6c7d78f7b7a284080'],
  ['%{sha1;salt=xy,rounds=2:user}', '8949129781bbd4c8abab6d0c107d44736840f3b5'],
  ['%{sha1;format=base64:user}', 'Ffclao/pOvigTRBPOGCU/tO3/gc='],
  ['%{md5;truncate=16,format=base64:user}', 'JHk='],
  ['%{sha1;foo=x:user}', '15f7256a8fe93af8a04d104f386094fed3b7fe07'],
  ['%{env:FOO}%{env:NOPE}%{env}', 'env val'],
  ['%{userdb:foo}', ''],
  ['%{userdb:foo:def}', 'def'],
  ['%{userdb:quota}', '5'],
  ['%{if;%u;eq;Foo.Bar@Ex-Ample.com;yes;no}', 'yes'],
  ['postmaster@%{if;%d;ne;;%d;%{hostname}}', 'postmaster@Ex-Ample.com'],
  ['%{if;5;<;10;lt;ge}', 'lt'],
  ['%{if;1;>=;1;a;b}%{if;1;!=;1;a;b}', 'ab'],
  ['%{if;abc;*;a*;m;n}%{if;abc;!*;a*;m;n}%{if;a;*;?;m;n}%{if;ABC;*;a*;m;n}', 'mnmn'],
  ['%{if;abc;~;^a.c$;m;n}%{if;abc;!~;b;m;n}', 'mn'],
  ['%{if;a;gt;b;m;n}%{if;b;lt;a;a;b}%{if;b;ge;a;a;b}', 'nba'],
  ['%{if;a;eq;b;m}', ''],
  ['%{if;a\\;b;eq;a\\;b;m;n}', 'm'],
  ['%{if;%{if;1;==;1;x;y};eq;x;in;out}', 'in'],
  ['%L{if;A;eq;A;XX;b}', 'xx'],
];

const FAULTS: readonly (readonly [template: string, text: string])[] = [
  ['%>', "Unknown variable '%>'"],
  ['%q', "Unknown variable '%q'"],
  ['%{foo}', "Unknown variable '%foo'"],
  ['%{user', "Unknown variable '%{'"],
  ['%{L:user}', "Unknown variable '%L'"],
  ['%{user:x}', "Unknown variable '%user'"],
  ['%{}', "Unknown variable '%'"],
  ['%{sha1:nosuch}', "Unknown variable '%nosuch'"],
  ['%{sha1}', "Unknown variable '%'"],
  ['%{sha1;rounds=x:user}', "Cannot parse hash arguments:'x' is not number for rounds"],
  ['%{sha1;format=foo:user}', "Cannot parse hash arguments:'foo' is not supported format"],
  ['%{if;a;<;10;lt;ge}', 'if: a (lhs) is not a number'],
  ['%{if;1;<=;x;a;b}', 'if: x (rhs) is not a number'],
  ['%{if;a;foo;b;m;n}', "if: Unsupported comparator 'foo'"],
  ['%{if;a;eq}', 'if: requires four or five parameters, got 2'],
  ['%{if;b;eq;a;a;b;c}', 'if: requires four or five parameters, got 6'],
  ['%{if}', 'if: missing parameter(s)'],
  ['%{if;%q;eq;a;a;b}', "Unknown variable '%q'"],
];

suite('%variables of dovecot.conf', () => {
  for (const [template, text] of CASES)
    test(`${template} is ${text}`, () => assert.equal(expandVariables(template, context), text));

  for (const [template, text] of FAULTS)
    test(`${template} is refused: ${text}`, () =>
      assert.throws(() => expandVariables(template, context), new ParseError(text)));

  test('in log lines an unknown variable is told of and named', () => {
    const faults: string[] = [];
    const expanded = expandVariables('a %q %u', {...context, onFault: text => faults.push(text)});
    assert.deepEqual([expanded, faults], ['a UNSUPPORTED_VARIABLE_q Foo.Bar@Ex-Ample.com', ["Unknown variable '%q'"]]);
  });

  test('conditions nest only so deep', () => {
    const template = '%{if;1;==;1;'.repeat(50) + 'x' + '}'.repeat(50);
    assert.throws(() => expandVariables(template, context), ParseError);
  });
});
