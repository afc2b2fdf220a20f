/** Who is told what an rc file's run decides: an explanation. Calls come in the order of the run. */
import type {Recipe} from './rc-tree.ts';
import type {Flag, RecipeHeader} from './recipe-header.ts';

/** A condition that was looked at, and why it holds or not. */
export interface ConditionSeen {
  readonly line: number;
  /** As it is written. */
  readonly text: string;
  /** `header`, `body`, `header and body`, or the variable it looks at. */
  readonly where: string;
  /** The line that fits, those that don't, a size, a score. */
  readonly saw: string;
  /** undefined: it asks a program, which was not run. */
  readonly holds: boolean | undefined;
}

export interface RecipeSeen {
  readonly recipe: Recipe;
  readonly header: RecipeHeader;
  readonly holds: boolean;
  /** Of the flags A a E e the one that rules it out; its conditions were not looked at then. */
  readonly barredBy: Flag | undefined;
}

export interface RecipeRecorder {
  /** An rc file begins; it ends where another one goes on. */
  entered(file: string): void;
  assigned(line: number, name: string, value: string | undefined): void;
  condition(seen: ConditionSeen): void;
  /** Behind its conditions, before what it does. */
  recipe(seen: RecipeSeen): void;
}
