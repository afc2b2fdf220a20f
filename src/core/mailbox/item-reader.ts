/** What messages are asked for (`ItemNeeds`): from the table where it has it, else from the message itself. */
import type {ItemNeeds, MessageItems, MessageReader} from './mailbox.ts';
import {fieldsOf, scanMessage} from './scan-message.ts';
import {type MessageTable, UNKNOWN_SIZE} from './table.ts';

/** A message of a format, with what the disk says of its times. */
export interface StoredMessage extends MessageReader {
  readonly modifiedMs: number;
  readonly changedMs: number;
}

export interface ItemSource {
  readonly table: MessageTable;
  openMessage(uid: number): Promise<StoredMessage | undefined>;
  guidOf(position: number): string;
  pop3UidlOf(position: number): string | undefined;
  /** undefined: not known without looking. */
  physicalSizeOf(position: number): number | undefined;
}

/** undefined: the message is gone. */
export async function readItems(source: ItemSource, uid: number, needs: ItemNeeds): Promise<MessageItems | undefined> {
  const position = source.table.find(uid);
  if (position < 0) return undefined;
  if (isInTable(source, position, needs)) return itemsOf(source, position, needs);
  const message = await source.openMessage(uid);
  if (message === undefined) return undefined;
  try {
    return await readFromMessage(source, uid, message, needs);
  } finally {
    message.close();
  }
}

function isInTable(source: ItemSource, position: number, needs: ItemNeeds): boolean {
  const {columns} = source.table;
  if (needs.size === true && columns.virtualSizes[position] === UNKNOWN_SIZE) return false;
  if (needs.size === true && source.physicalSizeOf(position) === undefined) return false;
  if (needs.received === true && columns.received[position] === 0) return false;
  if (needs.saved === true && columns.saved[position] === 0) return false;
  return !(needs.headers !== undefined || needsWhole(needs) || needs.envelope === true || needs.threadKeys === true);
}

function needsWhole(needs: ItemNeeds): boolean {
  return needs.body === true || needs.bodyStructure === true || needs.preview === true;
}

function itemsOf(source: ItemSource, position: number, needs: ItemNeeds): MessageItems {
  const {columns} = source.table;
  return {
    size: needs.size === true ? columns.virtualSizes[position] : undefined,
    physicalSize: needs.size === true ? source.physicalSizeOf(position) : undefined,
    received: needs.received === true ? (columns.received[position] ?? 0) * 1000 : undefined,
    saved: needs.saved === true ? (columns.saved[position] ?? 0) * 1000 : undefined,
    guid: needs.guid === true ? source.guidOf(position) : undefined,
    pop3Uidl: needs.pop3Uidl === true ? source.pop3UidlOf(position) : undefined,
  };
}

async function readFromMessage(
  source: ItemSource,
  uid: number,
  message: StoredMessage,
  needs: ItemNeeds,
): Promise<MessageItems | undefined> {
  const {columns} = source.table;
  const before = source.table.find(uid);
  const wantsSize = needs.size === true && columns.virtualSizes[before] === UNKNOWN_SIZE;
  const scanned = await scanMessage(message, needsWhole(needs) || wantsSize);
  const position = source.table.find(uid);
  if (position < 0) return undefined;
  noteInTable(source.table, position, message, scanned.virtualSize);
  return {
    ...itemsOf(source, position, needs),
    ...(needs.size === true ? {physicalSize: message.sizeBytes} : undefined),
    headers: needs.headers === undefined ? undefined : fieldsOf(scanned.head, needs.headers),
  };
}

function noteInTable(table: MessageTable, position: number, message: StoredMessage, size: number | undefined): void {
  const {columns} = table;
  if (columns.received[position] === 0) columns.received[position] = Math.floor(message.modifiedMs / 1000);
  if (columns.saved[position] === 0) columns.saved[position] = Math.floor(message.changedMs / 1000);
  if (size !== undefined && columns.virtualSizes[position] === UNKNOWN_SIZE)
    columns.virtualSizes[position] = Math.min(size, UNKNOWN_SIZE);
}
