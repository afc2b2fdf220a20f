/** The live engine's parts that `posthorn explain` asks: made for one question, delivering nothing. */
import {RecipientList} from '../address/listed-recipient.ts';
import {MessageAddresses} from '../address/message-addresses.ts';
import {ensureInstance, resolveInstance} from '../config/instance.ts';
import {loadConfig} from '../config/load-config.ts';
import {Log} from '../log/log.ts';
import {EngineParts} from './engine.ts';
import type {ExplainParts} from './explain-address.ts';

const NO_LOG = {write() {}};

export function openExplainParts(
  configDirectory: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ExplainParts & {close(): Promise<void>} {
  const instance = resolveInstance(configDirectory, env);
  ensureInstance(instance);
  const config = loadConfig(instance.configDirectory, {root: instance.root});
  const parts = new EngineParts({config, log: new Log('explain', NO_LOG)});
  return {
    rewriter: new MessageAddresses(parts.supplies),
    resolver: parts.resolver,
    listing: new RecipientList(parts.supplies),
    agent: transport => parts.agent(transport),
    close: () => parts.close(),
  };
}
