/**
 * posthorn doctor: looks an instance over. The open-relay proof goes through the live engine; settings, loops, files, names,
 * certificates and ports are looked at as they are. Exit status: 0 nothing found, 1 warnings, 2 something is wrong.
 */
import {Command, Flags} from '@oclif/core';
import {toText} from '../../core/base/bytes.ts';
import {instanceEnvironment} from '../../core/config/instance.ts';
import type {Finding} from '../../core/daemon/doctor/finding.ts';
import {openToolConfig} from '../open-config.ts';

export default class Doctor extends Command {
  static override readonly summary =
    'Look the instance over: open relay, settings, loops, files, filters, DNS, certificates, ports.';
  static override readonly description =
    'Whether a stranger can relay is proved by simulation through the live engine, with the lists and tables as they are; ' +
    'nothing is sent. The exit status is 0 when all is well, 1 for warnings only, 2 when something is wrong.';
  static override readonly examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];
  static override readonly flags = {
    config: Flags.string({char: 'c', helpValue: 'DIR', description: 'directory of main.cf'}),
    json: Flags.boolean({description: 'print JSON'}),
  };

  override async run(): Promise<void> {
    const {flags} = await this.parse(Doctor);
    const {examine} = await import('../doctor-examination.ts');
    const findings = await examine(
      openToolConfig(flags.config, process.env),
      instanceEnvironment(flags.config, process.env),
    );
    const worst = findings.some(({verdict}) => verdict === 'failure')
      ? 2
      : findings.some(({verdict}) => verdict === 'warning')
        ? 1
        : 0;
    process.exitCode = worst;
    if (flags.json) this.log(JSON.stringify({status: worst, findings: findings.map(asText)}, null, 2));
    else await this.#show(findings);
  }

  async #show(findings: readonly Finding[]): Promise<void> {
    const {styler} = await import('./style.ts');
    const style = await styler();
    const marks = {ok: style.green('✔'), warning: style.yellow('!'), failure: style.red('✘')};
    for (const {check, verdict, text, advice} of findings.map(asText)) {
      this.log(`${marks[verdict]} ${style.dim(check.padEnd(12))} ${text}`);
      if (advice !== undefined) this.log(`  ${' '.repeat(12)} ${style.dim(advice)}`);
    }
  }
}

/** Settings are bytes. */
function asText(finding: Finding): Finding {
  const {text, advice} = finding;
  return {...finding, text: toText(text), ...(advice === undefined ? {} : {advice: toText(advice)})};
}
