/**
 * An instance of its own (its root is not '/') that offers TLS without a certificate makes itself one, and so does one
 * whose main.cf names the files of that certificate while they are not there. What others have set up is left alone.
 */
import {existsSync} from 'node:fs';
import {normalize} from 'node:path';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {ensureSelfSigned, selfSignedFiles} from '../net/self-signed.ts';
import type {ChainSettings} from '../net/tls-chains.ts';

/** Before the first handshake. What keeps it from being made is warned of; TLS is then off. */
export function ensureInstanceCertificate(config: Config, chains: ChainSettings, log: Log, now: Date): void {
  if (config.root === '/' || !isOurs(config, chains)) return;
  const files = selfSignedFiles(config.root);
  try {
    const isMade = ensureSelfSigned(files, config.get('myhostname'), now);
    if (isMade) log.info(`made a self-signed certificate for ${config.get('myhostname')}: ${files.certificateFile}`);
  } catch (fault) {
    log.warning(`cannot make a certificate in ${files.certificateFile}: ${describe(fault)}`);
  }
}

/** The chain files that stand for no setting at all. */
export function withInstanceCertificate(config: Config, chains: ChainSettings): ChainSettings {
  if (config.root === '/' || !isNothingSet(chains)) return chains;
  const {keyFile, certificateFile} = selfSignedFiles(config.root);
  return existsSync(toPath(keyFile)) ? {...chains, chainFiles: [keyFile, certificateFile]} : chains;
}

function isOurs(config: Config, chains: ChainSettings): boolean {
  const {keyFile, certificateFile} = selfSignedFiles(config.root);
  const own = [keyFile, certificateFile].map(file => normalize(file));
  if (isNothingSet(chains)) return true;
  return chains.chainFiles.length > 0 && chains.chainFiles.every(file => own.includes(normalize(file)));
}

function isNothingSet({chainFiles, pairs}: ChainSettings): boolean {
  return chainFiles.length === 0 && pairs.every(({certificateFile}) => certificateFile === '');
}
