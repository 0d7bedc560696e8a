eval "$(ssh-agent -a agent.sock)"
node app.mjs
