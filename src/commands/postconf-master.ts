/** postconf -M, -F, -P: shows services of master.cf, their fields, and the parameters they set. */
import {UsageError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {fits} from '../core/config/master-cf-edit.ts';
import {overridesOf, SERVICE_FIELDS, type ServiceEntry, type ServiceField} from '../core/config/master-cf.ts';
import {ParameterSet} from '../core/config/parameter-set.ts';
import {fieldOf, layOut, layOutCommand, layOutService} from '../core/config/print-lines.ts';
import {openInstance, readMainFile, readMasterFile, type Warn} from './postconf-files.ts';
import {expanded, warnUndefined, warnUnused} from './postconf-main.ts';
import type {PostconfOptions} from './postconf-options.ts';
import {readPattern, type Request} from './postconf-request.ts';

export function showServices(options: PostconfOptions, stdio: Stdio, warn: Warn): number {
  const instance = openInstance(options.directory, stdio.env);
  const {config, settings} = readMainFile(instance, options, warn);
  const services = readMasterFile(instance, true, warn);
  const set = new ParameterSet(instance.configDirectory, settings, services, warn);
  warnUndefined(set, warn);
  const requests = options.operands.map(operand => readRequest(options, operand));
  const shown = options.expands
    ? services.map(service => expandedService(service, name => config.raw(name) ?? set.serviceDefault(name), warn))
    : services;
  stdio.stdout.write(printed(shown, requests, options));
  for (const request of requests) if (!request.isMet) warn(`unmatched request: "${request.text}"`);
  warnUnused(set.unusedInMaster(), warn);
  return 0;
}

function readRequest({subject}: PostconfOptions, text: string): Request {
  const third = subject === 'F' ? 'field' : 'parameter';
  const words = subject === 'M' ? 'service_name[/type]' : `service_name[/type[/${third}]]`;
  const request = readPattern(text, 1, subject === 'M' ? 2 : 3);
  if (request === undefined) throw new UsageError(`-${subject} option requires ${words}`);
  if (subject === 'F' && request.third !== '*') checkFieldName(request.third);
  return request;
}

export function checkFieldName(name: string): ServiceField {
  const field = SERVICE_FIELDS.find(candidate => candidate === name);
  if (field === undefined) throw new UsageError(`invalid service attribute name: "${name}"`);
  return field;
}

function printed(services: readonly ServiceEntry[], requests: readonly Request[], options: PostconfOptions): string {
  let out = '';
  for (const service of services) {
    if (requests.length === 0) out += printedService(service, '*', options);
    for (const request of requests) {
      if (!fits(request, service.name, service.type)) continue;
      const text = printedService(service, request.third, options);
      if (text !== '') request.isMet = true;
      out += text;
    }
  }
  return out;
}

function printedService(service: ServiceEntry, third: string, options: PostconfOptions): string {
  switch (options.subject) {
    case 'M':
      return options.isJson ? `${JSON.stringify(asRecord(service))}\n` : layOutService(service, options.folds);
    case 'F':
      return SERVICE_FIELDS.filter(field => third === '*' || third === field)
        .map(field => printedField(service, field, options))
        .join('');
    default:
      return [...overridesOf(service.args)]
        .filter(([name]) => third === '*' || third === name)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => printedSetting(service, name, value, options))
        .join('');
  }
}

function printedField(service: ServiceEntry, field: ServiceField, options: PostconfOptions): string {
  const {folds, isJson, hidesNames, hidesValues} = options;
  if (field !== 'command' || isJson || hidesValues) {
    const before = `${field} = `;
    const command = layOutCommand(before, service, false).slice(before.length, -1);
    return printedSetting(service, field, field === 'command' ? command : fieldOf(service, field), options);
  }
  return layOutCommand(hidesNames ? '' : `${service.name}/${service.type}/${field} = `, service, folds);
}

function printedSetting({name, type}: ServiceEntry, third: string, value: string, options: PostconfOptions): string {
  if (options.isJson) {
    const key = options.subject === 'F' ? 'field' : 'name';
    return `${JSON.stringify({service: name, type, [key]: third, ...(options.hidesValues ? {} : {value})})}\n`;
  }
  if (options.hidesValues) return `${name}/${type}/${third}\n`;
  return layOut(options.hidesNames ? value : `${name}/${type}/${third} = ${value}`, options.folds);
}

function asRecord(service: ServiceEntry): Record<string, string | readonly string[]> {
  const fields = SERVICE_FIELDS.map(field => [field, fieldOf(service, field)] as const);
  return {...Object.fromEntries(fields), arguments: service.args};
}

/** `-x`: the values of `-o` settings are expanded, the entry's own settings before main.cf's. */
function expandedService(service: ServiceEntry, main: (name: string) => string | undefined, warn: Warn): ServiceEntry {
  const own = overridesOf(service.args);
  const args = [...service.args];
  for (let i = 0; args[i]?.startsWith('-') === true && args[i] !== '--'; i++) {
    if (args[i] !== '-o' || args[i + 1] === undefined) continue;
    i++;
    args[i] = expanded(args[i] ?? '', name => own.get(name) ?? main(name), warn);
  }
  return {...service, args};
}
