"""The texts that leave the gateway: gettext catalogues and templates.toml."""
