/**
 * posthorn status: whether the mail system runs, and whether it does its work: health is the age of the oldest message that
 * could be delivered. Exit status: 0 well, 1 not running, 2 running but not delivering.
 */
import {Command, Flags} from '@oclif/core';
import {toText} from '../../core/base/bytes.ts';
import {sendControl, type ControlReply} from '../../core/daemon/control-client.ts';
import {measureQueues, type QueueHealth} from '../../core/daemon/health.ts';
import {openToolConfig} from '../open-config.ts';

/** A message that has been deliverable for longer tells that nothing delivers; a command may take command_time_limit. */
const HEALTHY_SECONDS = 1200;

export default class Status extends Command {
  static override readonly summary = 'Show whether the mail system runs and does its work.';
  static override readonly description =
    'The exit status is 0 when it runs and delivers, 1 when it does not run, 2 when it runs and a message that could be ' +
    'delivered has been waiting for more than 20 minutes.';
  static override readonly flags = {
    config: Flags.string({char: 'c', helpValue: 'DIR', description: 'directory of main.cf'}),
    json: Flags.boolean({description: 'print JSON'}),
  };

  override async run(): Promise<void> {
    const {flags} = await this.parse(Status);
    const config = openToolConfig(flags.config, process.env);
    const answer = sendControl(config, {op: 'status'});
    const queues = measureQueues(config.get('queue_directory'), Date.now());
    const reply = await answer;
    const isWell = (queues.oldestDeliverableSeconds ?? 0) <= HEALTHY_SECONDS;
    process.exitCode = reply === undefined ? 1 : isWell ? 0 : 2;
    const root = toText(config.root);
    if (flags.json)
      this.log(JSON.stringify({root, running: reply !== undefined, healthy: isWell, ...reply, ...queues}, null, 2));
    else await this.#show(root, reply, queues, isWell);
  }

  async #show(root: string, reply: ControlReply | undefined, queues: QueueHealth, isWell: boolean): Promise<void> {
    const {styler} = await import('./style.ts');
    const style = await styler();
    const line = (name: string, text: string): void => this.log(`${style.dim(name.padEnd(12))} ${text}`);
    line('Instance', root);
    if (reply === undefined) line('Mail system', `${style.red('not running')} (start it with "postfix start")`);
    else
      line(
        'Mail system',
        `${style.green('running')}, PID ${reply.pid}, for ${age((Date.now() - (reply.startedAt ?? Date.now())) / 1000)}`,
      );
    const processes = reply?.processes?.map(
      p => `${p.role} ${p.pid}${p.restarts === 0 ? '' : ` (restarted ${p.restarts} times)`}`,
    );
    if (processes !== undefined) line('Processes', processes.join(', '));
    if (reply?.listening !== undefined) line('Listening', reply.listening.join(', ') || 'nowhere');
    const counts = Object.entries(queues.counts).filter(([, count]) => count > 0);
    line('Queue', counts.length === 0 ? 'empty' : counts.map(([name, count]) => `${name} ${count}`).join(', '));
    const waiting = queues.oldestDeliverableSeconds;
    if (waiting !== undefined) {
      const text = `a message has been waiting for delivery for ${age(waiting)}`;
      line('Health', isWell ? text : style.red(text));
    }
  }
}

function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
