/**
 * What makes a configuration wrong although each of its lines is right, in the words of the original: checked for
 * everybody and for each section that is for some.
 */
import {LayerConflict, mergeLayers, type Layer} from './layer.ts';
import type {Section} from './section.ts';

/** The first fault, if any. */
export function checkLayers(layers: readonly Layer[]): string | undefined {
  for (const layer of layers) {
    try {
      const fault = checkSettings(mergeLayers(layers, layer.filter));
      if (fault !== undefined) return fault;
    } catch (fault) {
      if (!(fault instanceof LayerConflict)) throw fault;
      return fault.message;
    }
  }
  return undefined;
}

export function checkSettings(root: Section): string | undefined {
  for (const database of ['passdb', 'userdb'])
    for (const section of root.lists.get(database) ?? [])
      if ((section.values.get('driver')?.text ?? '') === '') return `${database} is missing driver`;
  return undefined;
}
