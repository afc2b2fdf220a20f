/**
 * What makes a configuration wrong although each of its lines is right, in the words of the original: checked for
 * everybody and for each section that is for some. Each module of settings has its own check.
 */
import {checkAuth} from './checks/auth.ts';
import {checkImapc, checkMailStorage, checkMailUser, checkPop3c} from './checks/mail.ts';
import {checkDirector, checkDoveadm, checkImap, checkLmtp, checkPop3} from './checks/programs.ts';
import {checkProcess, checkSsl, checkSubmission} from './checks/programs.ts';
import {checkMaster, prefixedListeners} from './checks/services.ts';
import {SettingsView, type Check} from './checks/settings-view.ts';
import {checkStats} from './checks/stats.ts';
import {LayerConflict, mergeLayers, type Layer} from './layer.ts';
import type {Section} from './section.ts';

/** In the order of the modules (registry.ts); one that two programs demand is there twice. */
const CHECKS: readonly Check[] = [
  checkProcess,
  checkSsl,
  checkAuth,
  checkDirector,
  checkDoveadm,
  checkImap,
  checkImapc,
  checkLmtp,
  checkMailStorage,
  checkMailUser,
  checkMaster,
  checkPop3,
  checkPop3c,
  checkStats,
  checkSubmission,
  checkSubmission,
];

/** What is wrong, each module's first fault. */
export function checkSettings(root: Section): string[] {
  const view = new SettingsView(root);
  return CHECKS.flatMap(check => check(view) ?? []);
}

/** What is wrong first, for anybody. */
export function checkLayers(layers: readonly Layer[]): string | undefined {
  for (const layer of layers) {
    try {
      const [fault] = checkSettings(mergeLayers(layers, layer.filter));
      if (fault !== undefined) return fault;
    } catch (fault) {
      if (!(fault instanceof LayerConflict)) throw fault;
      return fault.message;
    }
  }
  return undefined;
}

/** What would better be otherwise. */
export function adviceFor(root: Section): string[] {
  return prefixedListeners(new SettingsView(root));
}
