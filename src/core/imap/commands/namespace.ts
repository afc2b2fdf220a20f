/** NAMESPACE (RFC 2342). */
import type {Namespace} from '../../mailbox/mail-store.ts';
import {bareCommand} from '../command.ts';
import {quoted} from '../imap-string.ts';
import {toMutf7} from '../../mailbox/mutf7.ts';

export const namespace = bareCommand({
  name: 'NAMESPACE',
  run(session) {
    const shown = session.store.namespaces.filter(({isHidden}) => !isHidden);
    const kinds = (['private', 'shared', 'public'] as const).map(type => print(shown.filter(one => one.type === type)));
    session.line.out.line(`* NAMESPACE ${kinds.join(' ')}`);
    return 'OK Namespace completed.';
  },
});

function print(namespaces: readonly Namespace[]): string {
  if (namespaces.length === 0) return 'NIL';
  const each = namespaces.map(({prefix, separator}) => `(${quoted(toMutf7(prefix) ?? prefix)} ${quoted(separator)})`);
  return `(${each.join('')})`;
}
