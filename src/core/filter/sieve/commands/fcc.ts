/** `:fcc` (RFC 8580): a copy of what is sent goes into a mailbox. */
import {findTag, hasTag, type Use} from '../compile/language.ts';
import type {Text} from '../compile/operand.ts';
import type {Fcc} from '../run/action.ts';
import type {Run} from '../run/run.ts';
import {normalFlags} from './flags.ts';

export interface FccOperands {
  readonly fcc?: Text | undefined;
  readonly fccCreate?: boolean;
  readonly fccFlags?: readonly Text[] | undefined;
}

export function takeFcc(use: Use): FccOperands {
  const fcc = findTag(use, 'fcc')?.text;
  if (fcc === undefined) return {};
  return {fcc, fccCreate: hasTag(use, 'create'), fccFlags: findTag(use, 'flags')?.texts};
}

export function readFcc(run: Run, {fcc, fccCreate, fccFlags}: FccOperands): Fcc | undefined {
  if (fcc === undefined) return undefined;
  const flags = fccFlags === undefined ? undefined : normalFlags(run.texts(fccFlags));
  return {mailbox: run.text(fcc), create: fccCreate === true, flags};
}
