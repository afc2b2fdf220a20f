/** What the master demands: known protocols, services that can run, each listener once. */
import {readFileSync} from 'node:fs';
import type {SettingsView} from './settings-view.ts';

const TYPES = ['', 'startup', 'login', 'log', 'anvil', 'config', 'worker'];
const ONE_PROCESS = ['anvil', 'auth', 'log'];
const LEAST_MEMORY = 1024 * 1024;

export function checkMaster(settings: SettingsView): string | undefined {
  if (settings.text('listen') === '') return "listen can't be set empty";
  return checkIdRange(settings) ?? checkUsers(settings) ?? checkProtocols(settings) ?? checkServices(settings);
}

function checkIdRange(settings: SettingsView): string | undefined {
  for (const kind of ['uid', 'gid']) {
    const last = settings.number(`last_valid_${kind}`);
    if (last !== 0 && settings.number(`first_valid_${kind}`) > last)
      return `first_valid_${kind} can't be larger than last_valid_${kind}`;
  }
  return undefined;
}

/** The original checks the defaults too; its users need not exist here. */
function checkUsers(settings: SettingsView): string | undefined {
  for (const key of ['default_login_user', 'default_internal_user'])
    if (settings.isSet(key) && !isUser(settings.text(key))) return `${key} doesn't exist: ${settings.text(key)}`;
  return undefined;
}

function isUser(name: string): boolean {
  try {
    return readFileSync('/etc/passwd', 'latin1')
      .split('\n')
      .some(line => line.startsWith(`${name}:`));
  } catch {
    return true; // not to be known
  }
}

function checkProtocols(settings: SettingsView): string | undefined {
  const known = new Set(settings.sections('service').map(service => service.text('protocol')));
  const unknown = protocolsOf(settings).find(protocol => protocol !== 'none' && !known.has(protocol));
  return unknown === undefined ? undefined : `protocols: Unknown protocol: ${unknown}`;
}

function protocolsOf(settings: SettingsView): string[] {
  return settings
    .text('protocols')
    .split(' ')
    .filter(word => word !== '');
}

function checkServices(settings: SettingsView): string | undefined {
  const services = settings.sections('service');
  const names = new Set<string>();
  for (const [i, service] of services.entries()) {
    const name = service.text('name');
    if (name === '') return `Service #${i} is missing name`;
    if (!TYPES.includes(service.text('type'))) return `Unknown service type: ${service.text('type')}`;
    if (names.has(name)) return `Duplicate service name: ${name}`;
    names.add(name);
  }
  const enabled = protocolsOf(settings);
  const running = services.filter(({section}) => isEnabled(section.values.get('protocol')?.text ?? '', enabled));
  for (const service of running) {
    const fault = checkService(service);
    if (fault !== undefined) return `service(${service.text('name')}): ${fault}`;
  }
  const twice = duplicateListener(running, settings.text('base_dir'));
  return twice === undefined ? undefined : `duplicate listener: ${twice}`;
}

function isEnabled(protocol: string, enabled: readonly string[]): boolean {
  return protocol === '' || enabled.includes(protocol);
}

function checkService(service: SettingsView): string | undefined {
  if (service.isOn('drop_priv_before_exec') && service.text('chroot') !== '')
    return "drop_priv_before_exec=yes can't be used with chroot";
  const limit = service.number('process_limit');
  if (limit !== 0 && service.number('process_min_avail') > limit)
    return 'process_min_avail is higher than process_limit';
  const memory = service.number('vsz_limit');
  if (memory !== 0 && memory < LEAST_MEMORY) return 'vsz_limit is too low';
  if (ONE_PROCESS.includes(service.text('name')) && limit > 1) return 'process_limit must be 1';
  return undefined;
}

function duplicateListener(services: readonly SettingsView[], baseFolder: string): string | undefined {
  const seen = new Set<string>();
  for (const service of services)
    for (const name of listenersOf(service, baseFolder)) {
      if (seen.has(name)) return name;
      seen.add(name);
    }
  return undefined;
}

function listenersOf(service: SettingsView, baseFolder: string): string[] {
  const files = [...service.sections('unix_listener'), ...service.sections('fifo_listener')]
    .filter(listener => listener.number('mode') !== 0)
    .map(listener => listener.text('path'))
    .map(path => (path.startsWith('/') ? path : `${baseFolder}/${path}`));
  const ports = service
    .sections('inet_listener')
    .filter(listener => listener.number('port') !== 0)
    .map(listener => `${listener.text('port')}:${listener.text('address')}`);
  return [...files, ...ports];
}

/** Warnings: a socket's path is below base_dir anyway. */
export function prefixedListeners(settings: SettingsView): string[] {
  const base = `${settings.text('base_dir')}/`;
  return settings
    .sections('service')
    .flatMap(service => service.sections('unix_listener'))
    .map(listener => listener.text('path'))
    .filter(path => path.startsWith(base))
    .map(path => `You should remove base_dir prefix from unix_listener: ${path}`);
}
