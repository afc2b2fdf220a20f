/** A simulated SMTP session as people read it: what was said, what decided, and the reply. */
import type {SessionExplanation} from '../../core/daemon/explain-session.ts';
import {plain, View, type ViewOptions} from './explain-view.ts';

export function renderSession({client, service, steps, isAccepted}: SessionExplanation, options: ViewOptions): string {
  const view = new View(options);
  const {ink} = view;
  view.put('', ink.bold(plain(client)) + ink.dim(`  at service ${plain(service)}`));
  for (const {said, reply, decisions} of steps) {
    view.put('  ', `${ink.dim('→')} ${ink.bold(plain(said))}`);
    view.steps(decisions, '    ');
    const [first = '', ...rest] = reply.split('\r\n');
    const text = plain(rest.length === 0 ? first : `${first} (and ${rest.length} more lines)`);
    view.put('    ', /^[45]/.test(reply) ? ink.red(`✘ ${text}`) : ink.green(`✔ ${text}`));
  }
  view.put('  ', isAccepted ? ink.green('✔ accepted') : ink.red('✘ not accepted'));
  return view.text();
}
