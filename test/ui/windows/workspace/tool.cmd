@echo off
node show.cjs %*
