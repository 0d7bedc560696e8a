// In place of @vscode/windows-registry: a registry with nothing in it.
exports.GetStringRegKey = () => undefined;
exports.GetDWORDRegKey = () => undefined;
