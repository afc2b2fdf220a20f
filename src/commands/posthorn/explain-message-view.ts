/** The history of a message as people read it: a line for each thing that happened, then where the message is now. */
import type {MessageHistory, QueuedState} from '../explain-message.ts';
import type {MessageEvent} from '../message-events.ts';
import {plain, View, type ViewOptions} from './explain-view.ts';

export function renderHistory({id, log, events, queued}: MessageHistory, options: ViewOptions): string {
  const view = new View(options);
  const {ink} = view;
  view.put('', ink.bold(plain(id)));
  for (const event of events) view.put('  ', `${ink.dim(plain(event.time))}  ${sentence(event, view)}`);
  if (queued !== undefined) showState(queued, view);
  else if (events.length === 0) view.put('  ', `nothing is known of it${log === undefined ? '' : `: ${plain(log)}`}`);
  else if (events.at(-1)?.kind !== 'removed') view.put('  ', ink.dim('it is not in the queue'));
  return view.text();
}

function sentence(event: MessageEvent, {ink}: View): string {
  switch (event.kind) {
    case 'received': {
      const login = event.login === undefined ? '' : `, logged in as ${plain(event.login)}`;
      return `${event.program === 'pickup' ? 'handed in:' : 'accepted from'} ${plain(event.from)}${login}`;
    }
    case 'message-id':
      return ink.dim(`Message-ID ${plain(event.messageId)}`);
    case 'active':
      return `in the active queue: from <${plain(event.sender)}>, ${event.sizeBytes} bytes, ${counted(event.recipients)}`;
    case 'delivery':
      return delivery(event, ink);
    case 'parent':
      return `made by ${plain(event.other)}`;
    case 'child':
      return `${plain(event.text)}`;
    case 'removed':
      return ink.dim('done with: removed from the queue');
    case 'other':
      return `${ink.dim(`${plain(event.program)}:`)} ${plain(event.text)}`;
  }
}

function delivery(event: MessageEvent & {readonly kind: 'delivery'}, ink: View['ink']): string {
  const {recipient, original, relay, outcome, status, reason, delaySeconds} = event;
  const whom = `<${plain(recipient)}>${original === undefined ? '' : ` (for <${plain(original)}>)`}`;
  const text = `${plain(outcome)} ${plain(status)}: ${plain(reason)}`;
  const way = ink.dim(`${relay === 'none' ? '' : `at ${plain(relay)} `}after ${delaySeconds} s`);
  if (outcome === 'sent' || outcome === 'deliverable') return `${ink.green('✔')} ${whom} ${ink.green(text)} ${way}`;
  if (outcome === 'deferred') return `${ink.yellow('…')} ${whom} ${ink.yellow(text)} ${way}`;
  return `${ink.red('✘')} ${whom} ${ink.red(text)} ${way}`;
}

function showState({queue, arrived, sender, sizeBytes, nextTry, recipients}: QueuedState, view: View): void {
  const {ink} = view;
  const next = nextTry === undefined ? '' : `, next try ${nextTry}`;
  view.put('  ', ink.bold(`now in the ${queue} queue`) + next);
  view.put('    ', ink.dim(`from <${plain(sender)}>, ${sizeBytes} bytes, arrived ${arrived}`));
  for (const {address, reason} of recipients) {
    const why = reason === undefined ? '' : `: ${plain(reason)}`;
    view.put('    ', ink.yellow(`… <${plain(address)}>${why}`));
  }
}

function counted(recipients: number): string {
  return `${recipients} recipient${recipients === 1 ? '' : 's'}`;
}
