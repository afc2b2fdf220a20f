/** doveconf: shows the settings of Dovecot as they are in force, its own or another configuration's. */
import {hostname} from 'node:os';
import {EX_OK} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {ConfigError} from '../core/base/errors.ts';
import {adviceFor, checkLayers, checkSettings} from '../core/config/dovecot/checks.ts';
import {ConfigReader, UnknownSetting} from '../core/config/dovecot/config-reader.ts';
import {exportSettings, type Entry} from '../core/config/dovecot/export.ts';
import {compareFilters, filterConcerns, type Filter} from '../core/config/dovecot/filter.ts';
import {dovecotConfigPlace, defaultTextBelow} from '../core/config/dovecot/place.ts';
import {mergeLayers, type Layer} from '../core/config/dovecot/layer.ts';
import {modulesOf, nearestSetting, settingModules, type SettingModule} from '../core/config/dovecot/registry.ts';
import type {Section} from '../core/config/dovecot/section.ts';
import {ensureInstance, resolveInstance} from '../core/config/instance.ts';
import {hostLines, versionLines} from './doveconf-head.ts';
import {verifyHostHashes} from './doveconf-host-hashes.ts';
import {DoveconfUsage, readRequest, type DoveconfRequest} from './doveconf-options.ts';
import {printSettings} from './doveconf-print.ts';

const STATUS_FATAL = 89; // what Dovecot's programs end with

export const doveconf: Tool = {
  name: 'doveconf',
  summary: 'show the settings of dovecot.conf',
  usage: [
    '[-adhnNPsSx] [-c FILE] [-f FILTER]... [-m MODULE]',
    '[-hnNPx] [-c FILE] [-f FILTER]... NAME...',
    '-H HOST%d',
  ],
  options: [
    {flag: '-a', text: 'Show all settings (as without any option).'},
    {flag: '-c FILE', text: "Read this file instead of the instance's etc/dovecot/dovecot.conf or etc/dovecot.conf."},
    {flag: '-d', text: 'Show the defaults; no file is read.'},
    {
      flag: '-f FILTER',
      text: 'Show what is in force for protocol=NAME, service=NAME, lname=HOST, local=ADDRESS or remote=ADDRESS.',
    },
    {flag: '-h', text: 'Show values without names.'},
    {flag: '-H', text: 'Check that host names of the form given (host%d) have distinct hashes.'},
    {flag: '-m MODULE', text: 'Only what a module (imap, pop3-login, auth, ...) reads.'},
    {flag: '-n', text: 'Only what differs from the defaults.'},
    {flag: '-N', text: 'Only what is set, also to its default.'},
    {flag: '-P', text: 'Show passwords and keys too.'},
    {flag: '-s', text: 'Show settings too that are usually best left alone.'},
    {flag: '-S', text: 'One line each, NAME=VALUE, for programs.'},
    {flag: '-x', text: 'Put in what $names and <files stand for.'},
  ],
  description: [
    'A NAME is that of a setting or a section; a slash leads into sections: service/imap/client_limit.',
    'The exit status is 0, or 89 when the configuration has an error.',
  ],
  main(argv, stdio) {
    try {
      return new Doveconf(readRequest(argv), stdio).run();
    } catch (fault) {
      if (fault instanceof DoveconfUsage) stdio.stderr.write(`doveconf: ${fault.message}\n`);
      else if (fault instanceof ConfigError) stdio.stderr.write(`doveconf: Fatal: ${fault.message}\n${hint(fault)}`);
      else throw fault;
      return STATUS_FATAL;
    }
  },
};

/** Ours, on a line of its own: the original says no more. */
function hint(fault: ConfigError): string {
  const nearest = fault.cause instanceof UnknownSetting ? nearestSetting(fault.cause.setting) : undefined;
  return nearest === undefined ? '' : `doveconf: Hint: perhaps ${nearest} is meant\n`;
}

class Doveconf {
  readonly #request: DoveconfRequest;
  readonly #stdio: Stdio;
  readonly #file: string;
  readonly #root: string;
  #layers: readonly Layer[] = [];
  #merged: Section | undefined;

  constructor(request: DoveconfRequest, stdio: Stdio) {
    this.#request = request;
    this.#stdio = stdio;
    const instance = resolveInstance(undefined, stdio.env);
    if (request.file === undefined) ensureInstance(instance);
    const {file, root} = dovecotConfigPlace(request.file, instance, stdio.env);
    this.#file = file;
    this.#root = root;
  }

  run(): number {
    const {verifiesHosts, names, isSimple} = this.#request;
    if (verifiesHosts) return this.#verifyHosts();
    const isWhole = names.length === 0 && !isSimple;
    if (isWhole) this.#stdio.stdout.write(versionLines(this.#file));
    const reader = this.#read();
    this.#layers = reader.layers;
    const fault = reader.unclosed ?? checkLayers(this.#layers);
    if (names.length > 0 && !isSimple) {
      this.#stdio.stdout.write(this.#namedText(names)); // whatever is wrong: scripts ask while it still is
      return EX_OK;
    }
    if (isSimple) this.#printSimple();
    else this.#printWhole();
    if (fault !== undefined)
      this.#stdio.stderr.write(`doveconf: Fatal: Error in configuration file ${this.#file}: ${fault}\n`);
    return fault === undefined ? EX_OK : STATUS_FATAL;
  }

  #complain(): void {
    for (const text of adviceFor(this.#shown())) this.#stdio.stderr.write(`doveconf: Warning: ${text}\n`);
    for (const {text} of checkSettings(this.#shown())) this.#stdio.stderr.write(`doveconf: Error: ${text}\n`);
  }

  #verifyHosts(): number {
    const result = verifyHostHashes(this.#request.names[0], hostname());
    if (result.isGood) this.#stdio.stdout.write(`${result.text}\n`);
    else this.#stdio.stderr.write(`doveconf: Fatal: ${result.text}\n`);
    return result.isGood ? EX_OK : STATUS_FATAL;
  }

  #read(): ConfigReader {
    const say = (kind: string) => (text: string) => this.#stdio.stderr.write(`doveconf: ${kind}: ${text}\n`);
    const reader = new ConfigReader({
      isExpanding: this.#request.isExpanding,
      warn: say('Warning'),
      complain: say('Error'),
      environment: this.#stdio.env,
    });
    if (!this.#request.isDefaults) reader.read(this.#file);
    return reader;
  }

  /** What is in force for whom -f describes. */
  #shown(): Section {
    return (this.#merged ??= mergeLayers(this.#layers, this.#request.filter));
  }

  #entries(isForPeople: boolean, modules?: readonly SettingModule[]): Entry[] {
    const {scope} = this.#request;
    return exportSettings(this.#shown(), {
      scope,
      isForPeople,
      defaultText: defaultTextBelow(this.#root),
      ...(modules === undefined ? {} : {modules}),
    });
  }

  #modules(): readonly SettingModule[] {
    const {module} = this.#request;
    return module === undefined ? settingModules : modulesOf(module);
  }

  /** It ends with the first module that has a fault. */
  #printSimple(): void {
    const {names} = this.#request;
    const modules = this.#modules();
    const finding = checkSettings(this.#shown()).find(({module}) => modules.includes(module));
    const last = finding === undefined ? modules.length : modules.indexOf(finding.module) + 1;
    const lines = this.#entries(false, modules.slice(0, last))
      .filter(({path}) => names.length === 0 || names.some(name => path === name || path.startsWith(`${name}/`)))
      .map(({path, text}) => `${path}=${text}\n`);
    this.#stdio.stdout.write(lines.join(''));
    for (const text of adviceFor(this.#shown())) this.#stdio.stderr.write(`doveconf: Warning: ${text}\n`);
    if (finding !== undefined) this.#stdio.stderr.write(`doveconf: Error: ${finding.text}\n`);
  }

  /** Sections come before single values when nobody watches: the original's streams are flushed in that order. */
  #namedText(names: readonly string[]): string {
    const entries = this.#entries(true);
    const values: string[] = [];
    const sections: string[] = [];
    const isWatched = this.#stdio.stdout.isTTY === true;
    for (const name of names) {
      const value = entries.find(({kind, path}) => kind === 'value' && path === name);
      if (value !== undefined) values.push(this.#request.hidesNames ? `${value.text}\n` : `${name} = ${value.text}\n`);
      else (isWatched ? values : sections).push(this.#sectionText(entries, name));
    }
    return [...sections, ...values].join('');
  }

  /** What is wrong is told with whole sections only. */
  #sectionText(entries: readonly Entry[], name: string): string {
    if (entries.some(({kind, path}) => kind !== 'list' && path.startsWith(`${name}/`))) this.#complain();
    return printSettings(entries, {hidesSecrets: !this.#request.showsSecrets, below: name});
  }

  #printWhole(): void {
    const {scope, filter, showsSecrets} = this.#request;
    const location = this.#layers[0]?.root.values.get('mail_location')?.text ?? '';
    this.#stdio.stdout.write(hostLines(location));
    if (scope === 'all') this.#stdio.stdout.write(NOTE);
    let text = printSettings(this.#entries(true, this.#modules()), {hidesSecrets: !showsSecrets});
    const narrower = this.#layers.slice(1).filter(layer => filterConcerns(layer.filter, filter));
    narrower.sort((a, b) => compareFilters(a.filter, b.filter));
    for (const layer of narrower) text += this.#layerText(layer);
    this.#stdio.stdout.write(text);
    this.#complain();
  }

  #layerText(layer: Layer): string {
    const {showsSecrets} = this.#request;
    const entries = exportSettings(layer.root, {scope: 'set', isForPeople: true, modules: this.#modules()});
    const headings = filterHeadings(layer.filter);
    const heading = headings.map((each, i) => `${'  '.repeat(i)}${each} {\n`).join('');
    const text = printSettings(entries, {hidesSecrets: !showsSecrets, indent: headings.length, heading});
    if (text === '') return '';
    const ends = headings.map((_, i) => `${'  '.repeat(i)}}\n`).reverse();
    return text + ends.join('');
  }
}

const NOTE = '# NOTE: Send doveconf -n output instead when asking for help.\n';

function filterHeadings({local, localName, remote, protocol}: Filter): string[] {
  const headings: string[] = [];
  if (local !== undefined) headings.push(`local ${networkText(local)}`);
  if (localName !== undefined) headings.push(`local_name ${localName}`);
  if (remote !== undefined) headings.push(`remote ${networkText(remote)}`);
  if (protocol !== undefined) headings.push(`protocol ${protocol}`);
  return headings;
}

function networkText({address, bits, bytes}: NonNullable<Filter['local']>): string {
  return bits === bytes.length * 8 ? address : `${address}/${bits}`;
}
