/** `doveadm config`: doveconf(1). */
import {doveconf} from '../doveconf.ts';
import type {PlainRun} from './command.ts';

export const config: PlainRun = {run: ({args, configWords, stdio}) => doveconf.main([...configWords, ...args], stdio)};
