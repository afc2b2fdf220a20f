/** `doveadm fetch`: fields of messages. What the index has is printed from there; texts are streamed. */
import {FatalError} from '../../core/base/errors.ts';
import type {ItemNeeds, Mailbox, MessageItems} from '../../core/mailbox/mailbox.ts';
import type {Call, MailRun} from './command.ts';
import {status} from './command.ts';
import {type FetchField, fetchField, fetchFieldNames} from './fetch-fields.ts';
import {eachOf, expectQuery, selectMessages} from './messages.ts';

export const fetch: MailRun = {
  prepare(call) {
    const [text, ...words] = call.args;
    if (text === undefined || words.length === 0) return call.usage();
    const fields = text
      .split(' ')
      .filter(name => name !== '')
      .map(name => expectField(call, name));
    const query = expectQuery(call, words);
    call.printer.columns(fields.map(({name}) => ({key: name})));
    const needs = fields.reduce<ItemNeeds>((all, field) => join(all, field.needs), {});
    return async ({name: user, store}) => {
      for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: true, unknown: undefined}))
        for (const sequence of eachOf(sequences)) await printMessage(call, {user, mailbox, sequence, fields, needs});
      return 0;
    };
  },
};

function expectField(call: Call, name: string): FetchField {
  try {
    const field = fetchField(name);
    if (field !== undefined) return field;
  } catch (fault) {
    listFields(call);
    throw fault;
  }
  listFields(call);
  throw new FatalError(`Unknown fetch field: ${name}`, status.temporary);
}

function listFields({stdio}: Call): void {
  stdio.stderr.write(`Available fetch fields: ${fetchFieldNames()}\n`);
}

function join(a: ItemNeeds, b: ItemNeeds): ItemNeeds {
  const headers = [...new Set([...(a.headers ?? []), ...(b.headers ?? [])])];
  return {...a, ...b, ...(headers.length > 0 ? {headers} : {})};
}

interface Printed {
  readonly user: string;
  readonly mailbox: Mailbox;
  readonly sequence: number;
  readonly fields: readonly FetchField[];
  readonly needs: ItemNeeds;
}

/** A message that went meanwhile is left out. */
async function printMessage(call: Call, {user, mailbox, sequence, fields, needs}: Printed): Promise<void> {
  let items: MessageItems | undefined = {};
  if (Object.keys(needs).length > 0)
    await mailbox.items([[sequence, sequence]], needs, (_sequence, found) => void (items = found));
  if (items === undefined) return;
  const source = {user, mailbox, sequence, items};
  for (const field of fields)
    if (field.kind === 'value') call.printer.value(field.value(source));
    else await field.print(source, call.printer);
}
