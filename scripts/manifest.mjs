// Writes oclif.manifest.json beside the bundles of posthorn's commands: what help shows of each, without loading it.
// Argument: the folder. The mimicked tools are in it too, so that `posthorn help postconf` works.
import {writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';

const folder = resolve(process.argv[2]);
const require = createRequire(`${folder}/`);
const {allCommands} = require('./all.cjs');
const {version} = require('./package.json');

/** An oclif flag or argument as plain data: functions (parsers, defaults) are not for help. */
const plain = given =>
  Object.fromEntries(
    Object.entries(given ?? {}).map(([name, row]) => [name, {...JSON.parse(JSON.stringify(row)), name}]),
  );

const commands = {};
for (const [id, command] of Object.entries(await allCommands()))
  commands[id] = {
    id,
    aliases: [],
    hiddenAliases: [],
    args: plain(command.args),
    flags: plain(command.flags),
    summary: command.summary,
    description: command.description,
    examples: command.examples,
    usage: command.usage,
    strict: command.strict,
    hasDynamicHelp: false,
    pluginAlias: 'posthorn',
    pluginName: 'posthorn',
    pluginType: 'core',
  };
writeFileSync(`${folder}/oclif.manifest.json`, JSON.stringify({commands, version}));
