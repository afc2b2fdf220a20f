/** What tags add to storing and sending: :copy, :flags, :create, :specialuse, :mailboxid; each extension brings its tag. */
import {findTag, hasTag, type Use} from '../compile/language.ts';
import type {Text} from '../compile/operand.ts';
import type {Run} from '../run/run.ts';
import {normalFlags} from './flags.ts';

export interface SideEffects {
  readonly copy: boolean;
  readonly create: boolean;
  readonly flags?: readonly Text[] | undefined;
  readonly specialUse?: Text | undefined;
  readonly mailboxId?: Text | undefined;
}

export function takeEffects(use: Use): SideEffects {
  return {
    copy: hasTag(use, 'copy'),
    create: hasTag(use, 'create'),
    flags: findTag(use, 'flags')?.texts,
    specialUse: findTag(use, 'specialuse')?.text,
    mailboxId: findTag(use, 'mailboxid')?.text,
  };
}

export interface Effects {
  readonly copy: boolean;
  readonly create: boolean;
  readonly flags: readonly string[] | undefined;
  readonly specialUse: string | undefined;
  readonly mailboxId: string | undefined;
}

/** Without `:flags` what imap4flags has gathered is set. */
export function readEffects(run: Run, {copy, create, flags, specialUse, mailboxId}: SideEffects): Effects {
  const own = flags === undefined ? undefined : normalFlags(run.texts(flags));
  const isGathered = run.shared.flags.length > 0 || run.environment.initialFlags !== undefined;
  const gathered = isGathered ? run.shared.flags : undefined;
  return {
    copy,
    create,
    flags: own ?? gathered,
    specialUse: specialUse === undefined ? undefined : run.text(specialUse),
    mailboxId: mailboxId === undefined ? undefined : run.text(mailboxId),
  };
}
