node app.mjs a &
node app.mjs b
wait
