/**
 * What makes a configuration wrong although each of its lines is right, in the words of the original: checked for
 * everybody and for each section that is for some.
 */
import {LayerConflict, mergeLayers, type Layer} from './layer.ts';
import type {Section} from './section.ts';

export interface CheckFault {
  readonly text: string;
  /** It is wrong for everybody, not only for whom a section is. */
  readonly isCommon: boolean;
}

/** The first fault, if any. */
export function checkLayers(layers: readonly Layer[], _file: string): CheckFault | undefined {
  for (const [i, layer] of layers.entries()) {
    try {
      const text = checkSettings(mergeLayers(layers, layer.filter));
      if (text !== undefined) return {text, isCommon: i === 0};
    } catch (fault) {
      if (!(fault instanceof LayerConflict)) throw fault;
      return {text: fault.message, isCommon: false};
    }
  }
  return undefined;
}

function checkSettings(root: Section): string | undefined {
  for (const database of ['passdb', 'userdb'])
    for (const section of root.lists.get(database) ?? [])
      if ((section.values.get('driver')?.text ?? '') === '') return `${database} is missing driver`;
  return undefined;
}
