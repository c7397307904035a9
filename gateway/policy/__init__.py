"""May this destination receive this?"""
