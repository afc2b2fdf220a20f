/** All that `posthorn doctor` looks at, in the order of its report. A check that can't be made is a finding too. */
import {describe} from '../core/base/errors.ts';
import type {Config} from '../core/config/config.ts';
import {sendControl} from '../core/daemon/control-client.ts';
import {checkCertificates} from '../core/daemon/doctor/check-certificates.ts';
import {checkFilters} from '../core/daemon/doctor/check-filters.ts';
import {checkLoops, checkNames, checkPorts} from '../core/daemon/doctor/check-network.ts';
import {checkRelay} from '../core/daemon/doctor/check-relay.ts';
import {failure, ok, warning, type Finding} from '../core/daemon/doctor/finding.ts';
import {openSimulatedServices} from '../core/daemon/explain-session.ts';
import {openIdentities} from '../core/filter/procmail/identity.ts';
import {openAccess} from './open-access.ts';
import {checkFiles} from './postfix-check-files.ts';
import {settingHints} from './postfix-check-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export async function examine(config: Config, env: Environment): Promise<Finding[]> {
  const isRunning = (await sendControl(config, {op: 'status'})) !== undefined;
  const attempt = async (check: string, look: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> => {
    try {
      return await look();
    } catch (fault) {
      return [failure(check, describe(fault))];
    }
  };
  const findings = await attempt('settings', () => checkSettings(config));
  let simulation: ReturnType<typeof openSimulatedServices> | undefined;
  findings.push(
    ...(await attempt('relay', async () => {
      simulation = openSimulatedServices(config);
      return await checkRelay(simulation);
    })),
  );
  const dns = simulation?.dns;
  if (dns !== undefined) {
    findings.push(...(await attempt('loops', () => checkLoops(config, dns))));
    findings.push(...(await attempt('dns', () => checkNames(config, dns))));
  }
  simulation?.close();
  findings.push(...(await attempt('files', () => filesOf(config))));
  findings.push(...(await attempt('filters', () => filtersOf(env))));
  findings.push(...(await attempt('certificates', () => checkCertificates(config, Date.now()))));
  findings.push(...(await attempt('ports', () => checkPorts(config, isRunning))));
  return findings;
}

function checkSettings(config: Config): Finding[] {
  const hints = [...settingHints(config)].map(hint => warning('settings', hint));
  return hints.length === 0 ? [ok('settings', 'all names are known')] : hints;
}

function filesOf(config: Config): Finding[] {
  const found: Finding[] = [];
  checkFiles(config, text => void found.push(warning('files', text)), false);
  return found.length === 0 ? [ok('files', 'owners and modes are as they should be')] : found;
}

async function filtersOf(env: Environment): Promise<Finding[]> {
  const access = openAccess({configFile: undefined, overrides: [], env});
  try {
    return await checkFilters(access, openIdentities(env));
  } finally {
    access.accounts.close();
  }
}
