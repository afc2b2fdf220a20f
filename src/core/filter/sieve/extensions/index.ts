/** The registry of extensions, in the order in which they are announced; a new one is one line here. */
import type {Command, Extension} from '../compile/language.ts';
import {actionOperations, discardCommand, keepCommand, redirectCommand} from '../commands/actions.ts';
import {controlOperations, elseCommand, elsifCommand, ifCommand, requireCommand, stopCommand} from '../commands/control.ts';
import {addressTest, existsTest, headerOperations, headerTest} from '../commands/header-tests.ts';
import {allofTest, anyofTest, falseTest, notTest, trueTest} from '../commands/logic.ts';
import {sizeOperation, sizeTest} from '../commands/size.ts';
import type {OperationKind} from '../run/link.ts';
import {fileintoExtension, fileintoOperation} from './fileinto.ts';
import {copyExtension, SIMPLE_EXTENSIONS} from './simple.ts';

export const CORE: readonly Command[] = [
  ifCommand,
  elsifCommand,
  elseCommand,
  requireCommand,
  stopCommand,
  keepCommand,
  discardCommand,
  redirectCommand,
  headerTest,
  addressTest,
  existsTest,
  sizeTest,
  allofTest,
  anyofTest,
  notTest,
  trueTest,
  falseTest,
];

export const EXTENSIONS: readonly Extension[] = [...SIMPLE_EXTENSIONS, copyExtension, fileintoExtension];

const KINDS: readonly OperationKind[] = [
  ...controlOperations,
  ...actionOperations,
  ...headerOperations,
  sizeOperation,
  fileintoOperation,
];

export const operationKinds: ReadonlyMap<string, OperationKind> = new Map(KINDS.map(kind => [kind.name, kind]));
