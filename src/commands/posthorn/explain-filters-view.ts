/** A user's filters over a message as people read it: each test or condition with what it saw, then what would be done. */
import type {ExplainedScript} from '../../core/delivery/sieve/explain-scripts.ts';
import type {RehearsalStep, RehearsedCondition, RehearsedRecipe} from '../../core/filter/procmail/rehearsal.ts';
import type {RehearsedAction} from '../../core/filter/procmail/rehearsed-actions.ts';
import type {Remark} from '../../core/filter/sieve/compile/report.ts';
import type {Action} from '../../core/filter/sieve/run/action.ts';
import type {TestSeen} from '../../core/filter/sieve/run/environment.ts';
import type {FilterExplanation} from '../explain-filters.ts';
import {plain, View, type ViewOptions} from './explain-view.ts';

export function renderFilters(explanation: FilterExplanation, options: ViewOptions): string {
  const view = new FiltersView(options);
  view.show(explanation);
  return view.text();
}

class FiltersView extends View {
  show({user, sender, sizeBytes, way, sieve, procmail, isUnknown}: FilterExplanation): void {
    const from = sender === '' ? 'the null sender' : plain(sender);
    this.put('', this.ink.bold(plain(user)) + this.ink.dim(`  ${sizeBytes} bytes from ${from}`));
    if (isUnknown) return this.put('  ', this.ink.red('✘ there is no such user'));
    if (way !== undefined) {
      this.#title('the way of the address');
      this.explanation(way, '  ');
    }
    if (sieve !== undefined) this.#sieve(sieve);
    if (procmail !== undefined) {
      this.#title(`procmail${procmail.isReached ? '' : this.ink.yellow('  (his mail is not handed to procmail)')}`);
      for (const step of procmail.steps) this.#step(step);
      this.#procmailEnd(procmail);
    }
    if (sieve === undefined && procmail === undefined)
      this.put('  ', this.ink.dim('no Sieve script and no .procmailrc'));
  }

  #title(text: string): void {
    this.put('', this.ink.bold(text));
  }

  #sieve({scripts, actions, implicitKeep, isEdited, isEnabled}: NonNullable<FilterExplanation['sieve']>): void {
    this.#title(`Sieve${isEnabled ? '' : this.ink.yellow('  (sieve is not in mail_plugins of lmtp or lda: not run)')}`);
    for (const script of scripts) this.#script(script);
    if (isEdited) this.put('  ', 'the message itself is changed');
    for (const [index, action] of actions.entries())
      this.put(
        '  ',
        `${this.ink.green(`→ ${index + 1}.`)} ${plain(describeAction(action))} ${this.ink.dim(`(${plain(action.script)} line ${action.line})`)}`,
      );
    if (implicitKeep === undefined) return;
    const flags = implicitKeep.flags.length === 0 ? '' : ` with ${implicitKeep.flags.join(' ')}`;
    this.put('  ', `${this.ink.green('→')} ${plain(`keep: into ${implicitKeep.mailbox}${flags}`)}`);
  }

  #script({file, tests, remarks, state}: ExplainedScript): void {
    const said = {
      run: '',
      failed: this.ink.red('  failed'),
      'not compiled': this.ink.red("  can't be compiled, is passed over"),
      'not run': this.ink.dim('  not run: an earlier script has decided'),
    };
    this.put('  ', plain(file) + said[state]);
    const width = Math.max(0, ...tests.map(({line}) => String(line).length));
    for (const test of tests) this.#test(test, width);
    for (const remark of remarks) this.#remark(remark);
  }

  #test({line, test, keys, saw, result}: TestSeen, width: number): void {
    const mark = result ? this.ink.green('✔') : this.ink.red('✘');
    this.put(
      '    ',
      `${mark} ${this.ink.dim(`line ${String(line).padEnd(width)}`)} ${plain(`${test} ${quoted(keys)}`)} ${this.ink.dim('saw')} ${plain(quoted(saw))}`,
    );
  }

  #remark({severity, line, text}: Remark): void {
    const ink = severity === 'error' ? this.ink.red : this.ink.yellow;
    this.put('    ', ink(`! ${line > 0 ? `line ${line}: ` : ''}${plain(text)}`));
  }

  #step(step: RehearsalStep): void {
    switch (step.kind) {
      case 'file':
        return this.put('  ', plain(step.file));
      case 'assignment':
        return this.put(
          '    ',
          `${this.#line(step.line)} ${plain(step.value === undefined ? `${step.name} is removed` : `${step.name}=${step.value}`)}`,
        );
      case 'recipe':
        return this.#recipe(step);
      case 'action':
        return this.#action(step.action);
      case 'not-run':
        return this.put('    ', this.ink.yellow(`… not run, taken as saying nothing: ${plain(step.command)}`));
      case 'complaint':
        return this.put('    ', this.ink.yellow(`! ${plain(step.text)}`));
      case 'default':
        return this.put('  ', `${this.ink.green('→')} nothing has delivered it: into ${plain(step.folder)}`);
    }
  }

  #recipe({line, flags, conditions, applies, barredBy}: RehearsedRecipe): void {
    const why = barredBy === undefined ? '' : `: flag ${barredBy} rules it out by the recipes before`;
    const says = applies ? this.ink.green('applies') : this.ink.dim(`does not apply${why}`);
    this.put('    ', `${this.#line(line)} recipe${flags === '' ? '' : ` ${flags}`} ${says}`);
    if (barredBy === undefined) for (const condition of conditions) this.#condition(condition);
  }

  #condition({line, text, where, saw, result}: RehearsedCondition): void {
    const marks = {
      true: this.ink.green('✔'),
      false: this.ink.red('✘'),
      'not run': this.ink.yellow('…'),
      'not tried': this.ink.dim('-'),
    };
    const detail =
      result === 'not run'
        ? this.ink.yellow('not run, taken as false')
        : result === 'not tried'
          ? this.ink.dim('not looked at')
          : `${this.ink.dim(`${plain(where)}:`)} ${plain(saw === '' ? 'nothing that fits' : saw)}`;
    this.put('      ', `${marks[result]} ${this.#line(line)} ${plain(text)}  ${detail}`);
  }

  #action({line, kind, text, lock, isEnd, assumed}: RehearsedAction): void {
    const verbs = {
      folder: 'into',
      forward: 'forward to',
      program: 'program',
      filter: 'filter',
      capture: 'program',
      block: 'block',
    };
    const locked =
      lock === undefined ? '' : this.ink.dim(`  lock ${lock === '' ? 'file by the command' : plain(lock)}`);
    const notRun =
      assumed === undefined
        ? ''
        : this.ink.yellow(
            kind === 'filter' ? '  (not run: the message goes on as it is)' : `  (not run, taken to have ${assumed})`,
          );
    const end = isEnd ? this.ink.dim('  delivered') : '';
    this.put(
      '      ',
      `${this.ink.green('→')} ${this.#line(line)} ${verbs[kind]} ${plain(text)}${locked}${notRun}${end}`,
    );
  }

  #procmailEnd({exitCode, isLeft}: NonNullable<FilterExplanation['procmail']>): void {
    if (isLeft) this.put('  ', this.ink.yellow('! HOST is another one: the rc file is left'));
    if (exitCode !== undefined) this.put('  ', `exit status ${exitCode} (EXITCODE)`);
  }

  #line(line: number): string {
    return this.ink.dim(`line ${line}`);
  }
}

function quoted(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.map(text => JSON.stringify(text)).join(', ');
}

function describeAction(action: Action): string {
  switch (action.kind) {
    case 'store': {
      const flags = action.flags === undefined || action.flags.length === 0 ? '' : ` with ${action.flags.join(' ')}`;
      const how = `${action.create ? ', made when it is missing' : ''}${action.copy ? ', as a copy' : ''}`;
      return `${action.isKeep ? 'keep: ' : ''}into ${action.mailbox}${flags}${how}`;
    }
    case 'redirect':
      return `redirect to <${action.address}>${action.copy ? ', as a copy' : ''}`;
    case 'reject':
      return `${action.isExtended ? 'ereject' : 'reject'}: ${action.reason}`;
    case 'discard':
      return 'discard';
    case 'vacation':
      return `vacation reply, once in ${action.seconds} seconds: ${action.subject ?? action.message}`;
    case 'notify':
      return `notify ${[...action.to, ...action.cc].join(', ')}: ${action.message ?? action.subject ?? ''}`;
    case 'pipe':
      return `pipe to program ${[action.program, ...action.args].join(' ')} (not run)`;
    case 'report':
      return `report ${action.feedback} to <${action.to}>`;
    case 'mark':
      return 'remember it for the duplicate test';
  }
}
