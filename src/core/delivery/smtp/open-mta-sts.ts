/** MTA-STS as the configuration has it: undefined unless posthorn_smtp_mta_sts is set. */
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {readFamilies} from './host-settings.ts';
import {MtaSts} from './mta-sts.ts';
import {stsFetch} from './sts-fetch.ts';

export function openMtaSts(config: Config, dns: Dns, log: Log): MtaSts | undefined {
  if (!config.get('posthorn_smtp_mta_sts')) return undefined;
  const folder = `${config.get('data_directory')}/mta-sts`;
  const fetch = stsFetch({dns, families: readFamilies(config)});
  return new MtaSts({dns, fetch, folder, log, now: Date.now});
}
