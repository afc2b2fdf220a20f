/** Names and addresses: our own name, the relay host, mail that would come back to ourselves, ports that are served. */
import {createConnection} from 'node:net';
import {ownAddresses} from '../../address/own-addresses.ts';
import type {Config} from '../../config/config.ts';
import {readMasterCf} from '../../config/master-cf.ts';
import {serviceOverrides} from '../../config/service-overrides.ts';
import type {Dns} from '../../net/dns.ts';
import {listenAddresses, portOf} from '../../net/listen-addresses.ts';
import {failure, ok, warning, type Finding} from './finding.ts';

export async function checkNames(config: Config, dns: Dns): Promise<Finding[]> {
  const findings: Finding[] = [];
  const name = config.get('myhostname');
  if (!name.includes('.')) findings.push(warning('dns', `myhostname ${name} is no full name`, 'set myhostname'));
  const found = await dns.hostAddresses(name, [4, 6]);
  if (found.kind === 'found') findings.push(ok('dns', `${name} has the address ${found.addresses.join(', ')}`));
  else findings.push(warning('dns', `${name}: ${found.text}`, 'other servers look the name up that EHLO says'));
  return findings;
}

/** relayhost and what it leads to. */
export async function checkLoops(config: Config, dns: Dns): Promise<Finding[]> {
  const relayhost = config.get('relayhost');
  if (relayhost === '') return [ok('loops', 'no relayhost')];
  const [, bracketed, plain, port = 'smtp'] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(relayhost) ?? [];
  const host = bracketed ?? plain ?? '';
  if (config.list('mydestination').includes(host.toLowerCase()))
    return [failure('loops', `relayhost ${relayhost} is one of our own domains (mydestination)`)];
  const answer = await dns.hostAddresses(host, [4, 6]);
  const mx = bracketed === undefined ? await dns.query(host, 'MX') : undefined;
  if (answer.kind !== 'found' && mx?.kind !== 'found')
    return [warning('dns', `relayhost ${host}: ${answer.text}`, 'mail for other hosts will wait')];
  const own = ownAddresses(config);
  const isOurs = answer.kind === 'found' && answer.addresses.some(address => own.has(address));
  if (isOurs && servedPorts(config).includes(portOf(port, config) ?? 0))
    return [failure('loops', `relayhost ${relayhost} is this mail system itself: mail would go round in a circle`)];
  return [ok('loops', `relayhost ${relayhost} is another host`)];
}

/** Does somebody answer where master.cf says that we serve? */
export async function checkPorts(config: Config, isRunning: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const row of readMasterCf(config.directory)) {
    if (row.type !== 'inet') continue;
    const own = config.withOverrides(serviceOverrides(row.args));
    for (const {host = '127.0.0.1', port} of listenAddresses(row.name, own)) {
      const isServed = await answers(host, port);
      const place = `${row.name}: ${host} port ${port}`;
      if (isServed && isRunning) findings.push(ok('ports', `${place} is served`));
      else if (isServed) findings.push(failure('ports', `${place} is taken by another program`));
      else if (isRunning) findings.push(failure('ports', `${place} is not served`, 'the log says why'));
      else findings.push(portRights(place, port));
    }
  }
  return findings;
}

function portRights(place: string, port: number): Finding {
  if (port >= FIRST_FREE_PORT || process.geteuid?.() === 0) return ok('ports', `${place} is free`);
  return warning('ports', `${place} needs root`, 'a port from 1024 on needs nothing');
}

function servedPorts(config: Config): number[] {
  const rows = readMasterCf(config.directory).filter(({type}) => type === 'inet');
  return rows.flatMap(row => listenAddresses(row.name, config).map(({port}) => port));
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({host: host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host, port});
    const finish = (isServed: boolean): void => {
      socket.destroy();
      resolve(isServed);
    };
    socket.setTimeout(PATIENCE_MILLISECONDS, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

const PATIENCE_MILLISECONDS = 2000;
const FIRST_FREE_PORT = 1024;
