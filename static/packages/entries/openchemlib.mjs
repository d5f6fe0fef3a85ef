export * from 'openchemlib';
