/** What procmail puts in the place of `^TO_` and its like (procmailrc(5) MISCELLANEOUS), as the manual gives it. */
const TO_FIELDS = '(^((Original-)?(Resent-)?(To|Cc|Bcc)|(X-Envelope|Apparently(-Resent)?)-To):';
const SENDER_FIELDS = '(((Resent-)?(From|Sender)|X-Envelope-From):|>?From )([^>]*[^(.%@a-z0-9])?';
const AFTER_NAME = '(([^).!:a-z0-9][-_a-z0-9]*)?[%@>\t ][^<)]*(\\(.*\\).*)?)?$([^>]|$)';

const FROM_DAEMON =
  `(^(Mailing-List:|Precedence:.*(junk|bulk|list)|To: Multiple recipients of |${SENDER_FIELDS}` +
  '(Post(ma?(st(e?r)?|n)|office)|(send)?Mail(er)?|daemon|m(mdf|ajordomo)|n?uucp|LIST(SERV|proc)|NETSERV|o(wner|ps)|' +
  'r(e(quest|sponse)|oot)|b(ounce|bs\\.smtp)|echo|mirror|s(erv(ices?|er)|mtp(error)?|ystem)|' +
  `A(dmin(istrator)?|MMGR|utoanswer))${AFTER_NAME}))`;
const FROM_MAILER =
  `(^${SENDER_FIELDS}(Post(ma(st(er)?|n)|office)|(send)?Mail(er)?|daemon|mmdf|n?uucp|ops|r(esponse|oot)|` +
  `(bbs\\.)?smtp(error)?|s(erv(ices?|er)|ystem)|A(dmin(istrator)?|MMGR))${AFTER_NAME})`;

/** In the order in which they are looked for. */
const MACROS: readonly (readonly [key: string, text: string])[] = [
  ['^FROM_DAEMON', FROM_DAEMON],
  ['^TO_', `${TO_FIELDS}(.*[^-a-zA-Z0-9_.])?)`],
  ['^TO', `${TO_FIELDS}(.*[^a-zA-Z])?)`],
  ['^FROM_MAILER', FROM_MAILER],
];

export interface Expansion {
  readonly text: string;
  /** `^FROM_DAEMON` is written in mixed case: flag D does not count beside it. */
  readonly ignoresCase: boolean;
}

/** A key behind a backslash is none; it hides later ones of its kind, as in the original, which looks at the first only. */
export function expandMacros(condition: string): Expansion {
  let text = condition;
  let ignoresCase = false;
  for (let again = true; again;) {
    again = false;
    for (const [key, value] of MACROS) {
      const at = text.indexOf(key);
      if (at < 0 || text[at - 1] === '\\') continue;
      text = text.slice(0, at) + value + text.slice(at + key.length);
      ignoresCase ||= key === '^FROM_DAEMON';
      again = true;
      break;
    }
  }
  return {text, ignoresCase};
}
