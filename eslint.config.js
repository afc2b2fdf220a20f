// Lint rules: what the compiler can't see and a reader would stumble over. No rule is about looks: prettier has those.
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['dist/**', 'dist.*/**', 'coverage/**', 'node_modules/**', 'man/**']},
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', {checksVoidReturn: false}],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_'}],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-empty': ['error', {allowEmptyCatch: false}],
      'no-debugger': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'no-restricted-syntax': [
        'error',
        {selector: 'ExportAllDeclaration', message: 'Import the file that has the thing (STYLE: where things live).'},
        {selector: 'TSEnumDeclaration', message: 'Unions and const objects instead of enums.'},
      ],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-console': 'error',
    },
  },
);
